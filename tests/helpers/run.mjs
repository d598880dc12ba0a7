// Runs edge functions on events, as CloudFront would. Each line of standard input is a request: {code, events, edges} for a CloudFront
// Function (an edge is where an event happens: {region, keys}, with the keys of the store), {file, tokens, keys, events} for one of Lambda@Edge. Each line of the output has the results of one request, an error as {error}.
import crypto from "node:crypto";
import https from "node:https";
import { syncBuiltinESMExports } from "node:module";
import readline from "node:readline";
import { pathToFileURL } from "node:url";
import vm from "node:vm";

const request = https.request;
const handlers = new Map();
console.log = () => {}; // what a function logs goes nowhere

for await (const line of readline.createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(await results(JSON.parse(line))) + "\n");
}

async function results(input) {
  if (input.keys === "unreachable") cognitoAt("https://127.0.0.1:1/");
  try {
    const edge = {};
    const handler = "code" in input ? cloudFrontFunction(input.code, edge) : await lambdaFunction(input);
    const found = [];
    for (const [place, event] of input.events.entries()) {
      Object.assign(edge, { region: undefined, keys: undefined, asked: [], ...input.edges?.[place] });
      try {
        const answer = await handler(event);
        found.push(input.edges ? { answer, asked: edge.asked } : answer);
      } catch (error) {
        found.push({ error: String(error) });
      }
    }
    return found;
  } finally {
    https.request = request;
    syncBuiltinESMExports();
  }
}

// The runtime has these modules and globals and no others (CloudFront Developer Guide, "JavaScript runtime 2.0 features").
function cloudFrontFunction(given, edge) {
  const modules = { crypto: { createHmac: crypto.createHmac, createHash: crypto.createHash }, cloudfront: cloudFrontModule(edge) };
  const code = given.replace(/^import (\w+) from '(\w+)';$/gm, "const $1 = modules.$2;");
  const context = vm.createContext({ modules, Buffer, atob, btoa });
  vm.runInContext(`'use strict';\n${code}\nthis.handler = handler;`, context);
  return context.handler;
}

// What a function asks of CloudFront (Developer Guide, "Helper methods for origin modification", "… for key value stores", "General helper
// methods"). A store without a key throws; one that is not associated cannot be had.
function cloudFrontModule(edge) {
  return {
    get edgeLocation() {
      return edge.region === undefined ? undefined : { name: "SEA", serverIp: "203.0.113.9", region: edge.region };
    },
    kvs: () => {
      if (edge.keys === undefined) throw new Error("no store is associated");
      return {
        get: async (key) => {
          if (!(key in edge.keys)) throw new Error("KeyNotFound");
          return edge.keys[key];
        },
      };
    },
    selectRequestOriginById: (id) => edge.asked.push(id),
    createRequestOriginGroup: (group) => edge.asked.push(group),
  };
}

// With the pool's keys made here, and given to the verifier in place of those that it would ask Cognito for; or with a Cognito that does
// not answer. A function that runs again is warm, as at the edge.
async function lambdaFunction({ file, tokens, keys }) {
  const key = JSON.stringify([file, tokens, keys]);
  if (!handlers.has(key)) handlers.set(key, await coldStart(file, tokens, keys));
  return handlers.get(key);
}

function cognitoAt(url) {
  https.request = (_, ...rest) => request(url, ...rest);
  syncBuiltinESMExports();
}

async function coldStart(file, given, keys) {
  const made = await import(`${pathToFileURL(file)}?keys=${keys}`);
  const pair = crypto.generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = { ...pair.publicKey.export({ format: "jwk" }), kid: "known", alg: "RS256", use: "sig" };
  if (keys !== "unreachable") made.verifier.cacheJwks({ keys: [jwk] });
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const tokens = Object.fromEntries(
    Object.entries(given).map(([name, { header, claims, expires, signer }]) => {
      const body = `${encode({ alg: "RS256", kid: "known", ...header })}.${encode({ iat: now, exp: now + expires, ...claims })}`;
      if (signer === "none") return [name, `${body}.`];
      if (signer === "public key") {
        const secret = pair.publicKey.export({ type: "spki", format: "pem" });
        return [name, `${body}.${crypto.createHmac("sha256", secret).update(body).digest("base64url")}`];
      }
      const key = signer === "stranger" ? crypto.generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey : pair.privateKey;
      return [name, `${body}.${crypto.sign("RSA-SHA256", Buffer.from(body), key).toString("base64url")}`];
    }),
  );
  return async (event) => {
    const filled = JSON.parse(JSON.stringify(event).replace(/<(\w[\w ]*)>/g, (all, name) => tokens[name] ?? all));
    return made.handler(filled);
  };
}
