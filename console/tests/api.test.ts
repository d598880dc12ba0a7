// Requests, with a fetch that answers as a test says.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { ApiError, call, errorOf, inWords, list, signIn, stream } from "../src/api";
import { session, signedIn } from "../src/session";

let asked: [string, RequestInit][] = [];

function answers(make: (signal: AbortSignal) => Response | Promise<Response>): void {
  globalThis.fetch = async (url, init) => {
    asked.push([String(url), init ?? {}]);
    return make(init?.signal as AbortSignal);
  };
}

/** A body in pieces. If it is open it never ends. */
function pieces(parts: readonly Uint8Array[], signal: AbortSignal, open = false): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const part of parts) controller.enqueue(part);
      if (!open) controller.close();
      signal.addEventListener("abort", () => open && controller.error(new DOMException("stopped", "AbortError")));
    },
  });
  return new Response(body);
}

const trouble = (error: unknown) => (error instanceof ApiError ? error.trouble : String(error));
const failure = (promise: Promise<unknown>) => promise.then(() => "none", trouble);
const turns = async () => {
  for (let index = 0; index < 20; index += 1) await new Promise((resolve) => setImmediate(resolve));
};

beforeEach(() => {
  mock.timers.reset();
  asked = [];
  signedIn("me", "a-token");
});

test("nothing but the token goes with a request", async () => {
  answers(() => new Response('{"a": 1}'));
  assert.deepEqual(await call("/x", { query: { q: "a b&c" } }), { a: 1 });
  const [url, init] = asked[0]!;
  assert.equal(url, "/x?q=a+b%26c");
  assert.deepEqual(init.headers, { Authorization: "Bearer a-token" });
  assert.deepEqual([init.credentials, init.cache, init.redirect, init.referrerPolicy], ["omit", "no-store", "error", "no-referrer"]);
  answers(() => new Response(null, { status: 204 }));
  assert.equal(await call("/x"), undefined);
});

test("a list is read line by line, wherever it is cut", async () => {
  const bytes = new TextEncoder().encode('{"n":"ä\\n"}\n{"n":"日"}\n{"n":"🚀"}');
  for (const cut of bytes.keys()) {
    answers((signal) => pieces([bytes.subarray(0, cut), bytes.subarray(cut)], signal));
    assert.deepEqual(await list("/x"), [{ n: "ä\n" }, { n: "日" }, { n: "🚀" }], `cut at ${cut}`);
  }
  answers(() => new Response(null, { status: 204 }));
  assert.deepEqual(await list("/x"), []);
});

test("errors have words", async () => {
  for (const [status, body, kind, words] of [
    [404, '{"code":404,"message":"not found"}', "missing", "The cluster does not know this. The cluster says: not found"],
    [500, "<html>", "failed", "The request failed."],
    [502, "<html>", "down", "No node answers the load balancer right now (502)."],
    [403, "", "forbidden", "Access was denied before the request reached the cluster, by a firewall or a rule for countries."],
    [400, '{"message":"bad cid"}', "refused", "The cluster did not accept the request. The cluster says: bad cid"],
    [429, "", "tooMany", "Too many requests. Wait a minute and try again."],
  ] as const) {
    assert.deepEqual([errorOf(status, body).trouble, inWords(errorOf(status, body))], [kind, words]);
  }
  answers(() => Promise.reject(new TypeError("Failed to fetch")));
  assert.equal(await failure(call("/x")), "offline");
  answers(() => new Response("<html>a portal of a hotel</html>"));
  assert.equal(await failure(call("/x")), "unreadable");
  assert.equal(await failure(list("/x")), "unreadable");
});

test("a refused token ends the session, and only that one's", async () => {
  answers(() => new Response("", { status: 401 }));
  assert.equal(await failure(call("/x")), "unauthorized");
  assert.deepEqual([session.value.state, session.value.user, session.value.token], ["expired", "me", ""]);
  signedIn("me", "old");
  answers(() => {
    signedIn("me", "new"); // while the answer is on its way
    return new Response("", { status: 401 });
  });
  assert.equal(await failure(call("/x")), "unauthorized");
  assert.deepEqual([session.value.state, session.value.token], ["in", "new"]);
});

test("a wrong password ends no session", async () => {
  answers(() => new Response("", { status: 401 }));
  assert.equal(await failure(signIn("me", "wrong")), "unauthorized");
  assert.equal(session.value.state, "in");
  assert.deepEqual(asked[0]?.[1].headers, { Authorization: `Basic ${btoa("me:wrong")}` });
});

test("silence has an end", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  answers((signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))));
  const silent = failure(call("/x", { timeoutMs: 4_000 }));
  await turns();
  mock.timers.tick(4_000);
  assert.equal(await silent, "timeout");
  answers((signal) => pieces([new TextEncoder().encode('{"a":1}\n')], signal, true));
  const got: unknown[] = [];
  const stalled = failure(stream("/x", {}, (items) => got.push(...items)));
  await turns();
  mock.timers.tick(60_000);
  assert.equal(await stalled, "timeout");
  assert.deepEqual(got, [{ a: 1 }]);
});

test("what nobody wants any more is stopped", async () => {
  const stop = new AbortController();
  answers((signal) => pieces([], signal, true));
  const stopped = failure(stream("/x", { signal: stop.signal }, () => undefined));
  await turns();
  stop.abort();
  assert.equal(await stopped, "aborted");
});
