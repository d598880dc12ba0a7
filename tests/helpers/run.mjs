// Runs an edge function on events, as CloudFront would. Reads {code, events} for a CloudFront Function, {file, tokens, keys, events} for
// one of Lambda@Edge from standard input and prints the results, an error as {error}.
import crypto from "node:crypto";
import fs from "node:fs";
import https from "node:https";
import { syncBuiltinESMExports } from "node:module";
import { pathToFileURL } from "node:url";
import vm from "node:vm";

const input = JSON.parse(fs.readFileSync(0));
const handler = "code" in input ? cloudFrontFunction() : await lambdaFunction();
const results = [];
for (const event of input.events) {
  try {
    results.push(await handler(event));
  } catch (error) {
    results.push({ error: String(error) });
  }
}
process.stdout.write(JSON.stringify(results));

// The runtime has these modules and globals and no others (CloudFront Developer Guide, "JavaScript runtime 2.0 features").
function cloudFrontFunction() {
  const modules = { crypto: { createHmac: crypto.createHmac, createHash: crypto.createHash } };
  const code = input.code.replace(/^import (\w+) from '(\w+)';$/gm, "const $1 = modules.$2;");
  const context = vm.createContext({ modules, Buffer, atob, btoa });
  vm.runInContext(`'use strict';\n${code}\nthis.handler = handler;`, context);
  return context.handler;
}

// With the pool's keys made here, and given to the verifier in place of those that it would ask Cognito for; or with a Cognito that does
// not answer.
async function lambdaFunction() {
  const made = await import(pathToFileURL(input.file));
  const pair = crypto.generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = { ...pair.publicKey.export({ format: "jwk" }), kid: "known", alg: "RS256", use: "sig" };
  if (input.keys === "unreachable") {
    const request = https.request;
    https.request = (_, ...rest) => request("https://127.0.0.1:1/", ...rest);
    syncBuiltinESMExports();
  } else {
    made.verifier.cacheJwks({ keys: [jwk] });
  }
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const tokens = Object.fromEntries(
    Object.entries(input.tokens).map(([name, { header, claims, expires, signer }]) => {
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
  console.log = () => {}; // what the function logs goes nowhere
  return async (event) => {
    const filled = JSON.parse(JSON.stringify(event).replace(/<(\w[\w ]*)>/g, (all, name) => tokens[name] ?? all));
    return made.handler(filled);
  };
}
