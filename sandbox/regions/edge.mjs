// The edge of a cluster over several Regions, on one machine: `node edge.mjs <settings> <state>`, until standard input ends. For each
// request it runs the distribution's CloudFront Function, and asks the Region that the function chooses. Nothing is cached.
//
// The settings are what edge.py reads from the simulated account: `doors` with port, domain, behaviors and origins. The state is read
// for each request: the Region of the edge `location` where the clients are, and the `keys` of the key value store.
import crypto from "node:crypto";
import fs from "node:fs";
import http from "node:http";
import { Readable } from "node:stream";
import vm from "node:vm";

const [, , settingsFile, stateFile] = process.argv;
const { doors } = JSON.parse(fs.readFileSync(settingsFile));
const CONNECTION_SECONDS = 3;

for (const door of doors) {
  for (const behavior of door.behaviors) {
    if (behavior.code) behavior.script = compiled(behavior.code);
  }
  const server = http.createServer((request, response) => {
    serve(door, request, response).catch((error) => {
      console.log(`${request.method} ${request.url}: ${error.stack}`);
      response.destroy();
    });
  });
  server.requestTimeout = 0; // an add may take long
  await new Promise((resolve) => server.listen(door.port, "127.0.0.1", resolve));
}
console.log("ready");
process.stdin.on("end", () => process.exit(0)).resume();

async function serve(door, request, response) {
  const { location, keys } = JSON.parse(fs.readFileSync(stateFile));
  const behavior = door.behaviors.find(({ path }) => matches(path, request.url.split("?")[0]));
  if (!behavior.methods.includes(request.method)) {
    response.writeHead(403, { "content-type": "text/plain" }).end("This distribution does not take the method.\n");
    return;
  }
  const asked = eventOf(door, "viewer-request", request);
  const run = behavior.script ? await behavior.script({ region: location, keys }, asked) : { answer: asked.request, origins: [] };
  if (run.answer.statusCode) {
    const headers = plain(run.answer.headers);
    response.writeHead(run.answer.statusCode, run.answer.statusDescription, headers).end((run.answer.body || {}).data);
    return;
  }
  const { ids, statuses } = run.origins.length ? run.origins.at(-1) : behavior;
  let [id, second] = ids;
  let answer = await ask(door.origins[id], run.answer, request);
  if (second && statuses.includes(answer.statusCode)) {
    answer.resume();
    id = second;
    answer = await ask(door.origins[id], run.answer, request);
  }
  const headers = { ...answer.headers, "x-sandbox-origin": id };
  if (behavior.responds) {
    const event = { ...asked, context: { ...asked.context, eventType: "viewer-response" }, request: run.answer };
    const given = { ...event, response: { statusCode: answer.statusCode, headers: fields(answer.headers) } };
    Object.assign(headers, plain((await behavior.script({ region: location, keys }, given)).answer.headers));
  }
  console.log(`${request.method} ${request.url}: ${id} ${answer.statusCode}`);
  response.writeHead(answer.statusCode, headers);
  answer.pipe(response);
  answer.on("error", () => response.destroy()); // cut short, and not as if it were whole
}

// An origin's answer; 502 is CloudFront's for one that does not answer.
function ask(origin, wanted, request) {
  if (origin.files) return Promise.resolve(file(origin, wanted));
  const query = Object.entries(wanted.querystring).flatMap(([name, field]) => (field.multiValue || [field]).map(({ value }) => pair(name, value)));
  const path = wanted.uri + (query.length ? `?${query.join("&")}` : "");
  const headers = { ...plain(wanted.headers), ...origin.headers };
  return new Promise((resolve) => {
    const failed = () => resolve(answerOf(502, { "content-length": "0" }, ""));
    const asking = http.request({ host: "127.0.0.1", port: origin.port, method: wanted.method, path, headers });
    asking.on("socket", (socket) => socket.setTimeout(CONNECTION_SECONDS * 1000, () => socket.connecting && asking.destroy()));
    asking.on("response", resolve).on("error", failed);
    request.on("aborted", () => asking.destroy());
    if (request.headers["content-length"] || request.headers["transfer-encoding"]) request.pipe(asking);
    else asking.end();
  });
}

// A bucket answers 403 for what it does not have, to those who may not list it.
function file(origin, wanted) {
  const found = origin.files[wanted.uri];
  if (!found) return answerOf(403, { "content-type": "text/plain" }, "There is no such file.\n");
  return answerOf(200, found.headers, wanted.method === "HEAD" ? "" : Buffer.from(found.content, "base64"));
}

const answerOf = (statusCode, headers, body) => Object.assign(Readable.from([body].filter((one) => one.length)), { statusCode, headers });

const pair = (name, value) => (value === null ? name : `${name}=${value}`);

// --- the functions -------------------------------------------------------------------------------------------------------------------

// The runtime has these modules and globals and no others (CloudFront Developer Guide, "JavaScript runtime 2.0 features").
function compiled(code) {
  const script = new vm.Script(`'use strict';\n${code.replace(/^import (\w+) from '(\w+)';$/gm, "const $1 = modules.$2;")}\nthis.handler = handler;`);
  return async (edge, event) => {
    const origins = [];
    const cf = {
      edgeLocation: { name: "SANDBOX", serverIp: "127.0.0.1", region: edge.region },
      kvs: () => ({
        get: async (key) => {
          if (!(key in edge.keys)) throw new Error("KeyNotFound");
          return edge.keys[key];
        },
      }),
      selectRequestOriginById: (id) => origins.push({ ids: [id], statuses: [] }),
      createRequestOriginGroup: (group) =>
        origins.push({ ids: group.originIds.map(({ originId }) => originId), statuses: group.failoverCriteria.statusCodes }),
    };
    const modules = { crypto: { createHmac: crypto.createHmac, createHash: crypto.createHash }, cloudfront: cf };
    const context = vm.createContext({ modules, Buffer, atob, btoa });
    script.runInContext(context);
    return { answer: await context.handler(event), origins };
  };
}

// A request as CloudFront gives it to a function ("CloudFront Functions event structure"): names of headers in lower case.
function eventOf(door, eventType, request) {
  const [uri, query] = [request.url.split("?")[0], request.url.split("?").slice(1).join("?")];
  const querystring = {};
  for (const part of query ? query.split("&") : []) {
    const place = part.indexOf("=");
    add(querystring, place < 0 ? part : part.slice(0, place), place < 0 ? null : part.slice(place + 1));
  }
  const context = { distributionDomainName: door.domain, distributionId: door.domain, eventType, requestId: crypto.randomUUID() };
  const viewer = { ip: request.socket.remoteAddress };
  return { version: "1.0", context, viewer, request: { method: request.method, uri, querystring, headers: fields(request.headers), cookies: {} } };
}

function add(into, name, value) {
  const field = (into[name] ??= { value });
  if (field.value !== value || field.multiValue) (field.multiValue ??= [{ value: field.value }]).push({ value });
}

const fields = (headers) => Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { value: String(value) }]));
const plain = (headers) => Object.fromEntries(Object.entries(headers || {}).map(([name, field]) => [name, field.value]));

// A path pattern: * stands for anything, ? for one character (Developer Guide, "Path pattern").
function matches(pattern, path) {
  const expression = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".");
  return new RegExp(`^${expression}$`).test(path);
}
