// What needs no browser: retries, and the order of what is sent.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../src/api";
import { ChangedError } from "../src/upload/changed";
import type { Part, Plan } from "../src/upload/plan";
import { changedOptions, inParallel, Publisher } from "../src/upload/publish";
import { OtherCidError, problemOf, type Remote } from "../src/upload/remote";
import { type Conditions, isTransient, pauseMs, persist } from "../src/upload/retry";
import { isComing, isEverywhere, statesOf } from "../src/upload/states";
import { nextPause, watch } from "../src/upload/watch";
import type { Pin, PinStatus } from "../src/types";
import { pin as pinned } from "./pins";

const NODES = ["a", "b", "c"].map((name) => ({ name, zone: "", clusterPeerId: `peer-${name}`, kuboPeerId: "" }));
const { signal } = new AbortController();

function refused(status: number, trouble: ApiError["trouble"] = "down"): ApiError {
  return new ApiError(trouble, status, "");
}

/** Conditions without time: what was waited for is written down. */
function conditions(changes: Partial<Conditions> = {}): Conditions & { waits: (number | string)[] } {
  const waits: (number | string)[] = [];
  return {
    waits,
    ready: async () => undefined,
    offline: () => false,
    online: async () => void waits.push("online"),
    sleep: async (ms) => void waits.push(ms),
    random: () => 1,
    ...changes,
  };
}

test("a request is repeated with growing pauses", async () => {
  const around = conditions();
  const answers = [refused(503), refused(0, "offline"), refused(502), "done"];
  const got = await persist(
    async () => {
      const next = answers.shift();
      if (next instanceof Error) throw next;
      return next;
    },
    signal,
    around,
  );
  assert.equal(got, "done");
  assert.deepEqual(around.waits, [500, 1000, 2000]);
});

test("after ten attempts the last error is what one gets", async () => {
  const around = conditions();
  let asked = 0;
  await assert.rejects(
    persist(() => Promise.reject(refused(500 + ++asked)), signal, conditions()),
    { status: 501 },
  );
  asked = 0;
  await assert.rejects(
    persist(
      async () => {
        asked++;
        throw refused(504);
      },
      signal,
      around,
    ),
    { status: 504 },
  );
  assert.equal(asked, 10);
  assert.deepEqual(around.waits, [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
});

test("what no further attempt would change is not repeated", async () => {
  for (const status of [400, 403, 404, 409, 413, 501]) {
    let asked = 0;
    await assert.rejects(
      persist(
        async () => {
          asked++;
          throw refused(status, "refused");
        },
        signal,
        conditions(),
      ),
      { status },
    );
    assert.equal(asked, 1);
  }
  await assert.rejects(
    persist(() => Promise.reject(new OtherCidError("x", "y")), signal, conditions()),
    OtherCidError,
  );
});

test("pauses are half at random", () => {
  assert.deepEqual(
    [0, 1, 2, 6, 20].map((attempt) => pauseMs(attempt, 0)),
    [250, 500, 1000, 15_000, 15_000],
  );
  assert.equal(pauseMs(3, 0.5), 3000);
});

test("without a connection nothing is counted", async () => {
  let left = 30;
  const around = conditions({ offline: () => left > 0 });
  await persist(
    async () => {
      if (left-- > 0) throw refused(0, "offline");
    },
    signal,
    around,
  );
  assert.deepEqual(around.waits, Array(29).fill("online").concat([500])); // at the last one the browser was online again
});

test("a sign-in that ended is waited for", async () => {
  let signedIn = true;
  let waited = 0;
  const around = conditions({
    ready: async () => {
      if (signedIn) return;
      waited++;
      signedIn = true;
    },
  });
  let asked = 0;
  await persist(
    async () => {
      if (++asked === 1) {
        signedIn = false;
        throw refused(401, "unauthorized");
      }
    },
    signal,
    around,
  );
  assert.deepEqual([asked, waited, around.waits], [2, 1, []]);
});

test("a reason for a failure that is found replaces it", async () => {
  const changed = new ChangedError("a.txt");
  await assert.rejects(
    persist(
      () => Promise.reject(refused(0, "offline")),
      signal,
      conditions(),
      () => Promise.reject(changed),
    ),
    changed,
  );
});

test("what passes", () => {
  assert.deepEqual(
    [408, 425, 429, 500, 502, 503, 504].map((status) => isTransient(refused(status))),
    Array(7).fill(true),
  );
  assert.deepEqual([isTransient(refused(0, "timeout")), isTransient(refused(0, "aborted")), isTransient(new Error("x"))], [true, false, false]);
});

function status(cid: string, states: Record<string, string>, allocations: string[] = []): PinStatus {
  const peers = Object.entries(states).map(([name, said]) => [
    `peer-${name}`,
    { peername: name, status: said, timestamp: "", error: "", attempt_count: 0 },
  ]);
  return { cid, name: "", allocations, origins: null, created: "", metadata: null, peer_map: Object.fromEntries(peers) } as PinStatus;
}

test("nodes that should have it count, seen or not", () => {
  const states = statesOf(status("x", { a: "pinned", b: "pinning" }), NODES);
  assert.deepEqual(
    states.map(({ name, status: said }) => [name, said]),
    [
      ["a", "pinned"],
      ["b", "pinning"],
      ["c", "unknown"],
    ],
  );
  assert.deepEqual([isEverywhere(states), isComing(states)], [false, true]);
  assert.equal(isEverywhere(statesOf(status("x", { a: "pinned", b: "remote", c: "pinned" }, ["peer-a", "peer-c"]), NODES)), true);
  assert.equal(isEverywhere([]), false);
});

const PARTS: Part[] = ["one", "two", "three"].map((cid, index) => ({ cid, bytes: 10, smallBlocks: index === 2 }));
const PLAN: Plan = { root: "three", files: 1, bytes: 25, parts: PARTS };

/** A cluster without a network. */
class Fake implements Remote {
  readonly said: string[] = [];
  /** Parts that are sent at the moment, and the most at a time. */
  now = 0;
  most = 0;
  readonly pins = new Map<string, Pin>();
  readonly failures: Record<string, Error[]> = {};
  /** CIDs that no node has for so many questions. */
  readonly unheld = new Map<string, number>();

  async pinOf(cid: string): Promise<Pin | null> {
    return this.pins.get(cid) ?? null;
  }

  async statusOf(cid: string): Promise<PinStatus> {
    const left = this.unheld.get(cid) ?? 0;
    this.unheld.set(cid, left - 1);
    return status(cid, { a: left > 0 ? "pinning" : this.pins.has(cid) ? "pinned" : "unpinned" });
  }

  async pin(cid: string, options: object): Promise<Pin> {
    this.said.push(`pin ${cid} ${JSON.stringify(options)}`);
    return pinned(cid);
  }

  async unpin(cid: string): Promise<void> {
    this.said.push(`unpin ${cid}`);
  }

  async add(_: Blob, cid: string, options: { name?: string }, local: boolean, onSent: (bytes: number) => void): Promise<void> {
    this.said.push(`add ${cid} ${options.name}${local ? " local" : ""}`);
    this.most = Math.max(this.most, ++this.now);
    onSent(4);
    await new Promise((resolve) => setImmediate(resolve));
    this.now -= 1;
    const failure = this.failures[cid]?.shift();
    if (failure) throw failure;
    this.pins.set(cid, pinned(cid, { name: options.name ?? "" }));
  }
}

function publisher(fake: Fake, changes: { verify?: () => Promise<void>; around?: Conditions; plan?: Plan } = {}) {
  const told = { sent: 0, back: 0, arrived: [] as string[], starts: [] as string[], trouble: 0 };
  const cars = { car: async () => new Blob(["0123456789"]), verify: changes.verify ?? (async () => undefined) };
  const watcher = {
    sent: (bytes: number) => {
      told.sent += bytes;
      if (bytes < 0) told.back += 1;
    },
    starts: (cid: string) => void told.starts.push(cid),
    arrived: (part: Part, kept: boolean) => void told.arrived.push(`${part.cid}${kept ? " kept" : ""}`),
    trouble: () => void told.trouble++,
  };
  return { told, publisher: new Publisher(changes.plan ?? PLAN, cars, fake, NODES, changes.around ?? conditions(), watcher, signal) };
}

test("the root is sent last, under the name", async () => {
  const fake = new Fake();
  const { told, publisher: made } = publisher(fake);
  const done = await made.publish({}, "film");
  assert.deepEqual(fake.said, ["add one film (part 1 of 3) local", "add two film (part 2 of 3) local", "add three film"]);
  assert.deepEqual(done, { already: false, changed: false, left: ["one", "two"] });
  assert.deepEqual([told.sent, told.arrived, told.starts], [30, ["one", "two", "three"], ["one", "two", "three"]]);
  await made.clean(done.left);
  assert.deepEqual(fake.said.slice(3), ["unpin two", "unpin one"]);
});

test("two parts are sent at a time", async () => {
  const fake = new Fake();
  const parts = ["a", "b", "c", "d", "e", "root"].map((cid) => ({ cid, bytes: 10, smallBlocks: false }));
  await publisher(fake, { plan: { root: "root", files: 1, bytes: 60, parts } }).publisher.publish({}, "film");
  assert.deepEqual([fake.most, fake.said.length, fake.said.at(-1)], [2, 6, "add root film local"]);
});

test("a part that arrived before is not sent again; one that no node has is", async () => {
  const fake = new Fake();
  fake.pins.set("one", pinned("one")).set("two", pinned("two"));
  fake.unheld.set("two", 1);
  const { told, publisher: made } = publisher(fake);
  await made.publish({ name: "n" }, "film");
  assert.deepEqual(fake.said, ["add two n (part 2 of 3) local", "add three n"]);
  assert.deepEqual([told.sent, told.arrived, told.starts], [30, ["one kept", "two", "three"], ["three"]]);
});

test("a part that is about to expire gets its whole time again", async () => {
  const fake = new Fake();
  fake.pins.set("one", pinned("one", { expire_at: new Date(Date.now() + 3_600_000).toISOString() }));
  await publisher(fake).publisher.publish({}, "film");
  assert.equal(
    fake.said.find((said) => said.startsWith("pin one")),
    'pin one {"name":"film (part 1 of 3)","expireInHours":24,"allocations":[]}',
  );
});

test("a part that was lost with the node that took it is sent again", async () => {
  const fake = new Fake();
  fake.unheld.set("one", 20);
  const { told, publisher: made } = publisher(fake);
  await made.publish({}, "film");
  assert.deepEqual(fake.said.slice(2), ["add one film (part 1 of 3) local", "add three film"]);
  assert.equal(told.sent, 30);
});

test("a part that is refused twice is sent a third time, and its bytes count once", async () => {
  const fake = new Fake();
  fake.failures.two = [refused(502), refused(0, "offline")];
  const { told, publisher: made } = publisher(fake);
  await made.publish({}, "film");
  assert.equal(fake.said.filter((said) => said.startsWith("add two")).length, 3);
  assert.deepEqual([told.sent, told.back, told.trouble], [30, 2, 2]);
});

test("a file that changed is the reason of a failure, and ends it", async () => {
  const fake = new Fake();
  fake.failures.one = [refused(0, "offline")];
  const { publisher: made } = publisher(fake, { verify: () => Promise.reject(new ChangedError("film.mp4")) });
  await assert.rejects(made.publish({}, "film"), { name: "ChangedError", path: "film.mp4" });
  assert.equal(
    fake.said.some((said) => said.startsWith("add three")),
    false,
  );
});

test("what is pinned already is not sent; its options are changed where others are wanted", async () => {
  const fake = new Fake();
  fake.pins.set("three", pinned("three", { name: "old", metadata: { a: "1" } }));
  assert.deepEqual(await publisher(fake).publisher.publish({}, "film"), { already: true, changed: false, left: [] });
  assert.deepEqual(fake.said, []);
  fake.pins.set("one", pinned("one"));
  assert.deepEqual(await publisher(fake).publisher.publish({ name: "new", metadata: { b: "2" } }, "film"), {
    already: true,
    changed: true,
    left: ["one", "two"],
  });
  assert.deepEqual(fake.said, ['pin three {"name":"new","metadata":{"a":"1","b":"2"},"replication":[-1,-1]}']);
});

test("options of a pin stay unless others are wanted", () => {
  const pin = pinned("x", {
    name: "n",
    expire_at: "2030-01-01T00:00:00Z",
    allocations: ["p"],
    replication_factor_min: 1,
    replication_factor_max: 2,
    origins: ["/o"],
  });
  assert.equal(changedOptions(pin, {}), null);
  assert.equal(changedOptions(pin, { name: "n", expireAt: Date.parse("2030-01-01T00:00:00.4Z"), replication: [1, 2] }), null);
  const expireAt = Date.parse("2030-01-01T00:00:00Z");
  assert.deepEqual(changedOptions(pin, { name: "m" }), {
    name: "m",
    metadata: {},
    replication: [1, 2],
    expireAt,
    allocations: ["p"],
    origins: ["/o"],
  });
  assert.deepEqual(changedOptions(pin, { replication: [2, 3] }), { name: "n", metadata: {}, replication: [2, 3], expireAt, origins: ["/o"] });
});

test("two at a time, and none begins after a failure", async () => {
  let now = 0;
  let most = 0;
  const begun: number[] = [];
  const work = Array.from({ length: 6 }, (_, index) => async () => {
    begun.push(index);
    most = Math.max(most, ++now);
    await new Promise((resolve) => setImmediate(resolve));
    now -= 1;
    if (index === 2) throw new Error("two");
  });
  await assert.rejects(inParallel(work, 2), /two/);
  assert.deepEqual([begun, most], [[0, 1, 2, 3], 2]);
});

test("the answer to an add", () => {
  assert.equal(problemOf('[{"name":"","cid":"x"}]', "x"), undefined);
  assert.ok(problemOf('[{"name":"","cid":"y"}]', "x") instanceof OtherCidError);
  assert.ok(problemOf("[]", "x") instanceof OtherCidError);
  assert.ok(isTransient(problemOf('[{"name":"","ci', "x")));
});

test("nodes are asked until all have it, more rarely while nothing changes", async () => {
  const fake = new Fake();
  fake.unheld.set("x", 4);
  fake.pins.set("x", pinned("x"));
  const around = conditions();
  const seen: number[] = [];
  await watch("x", fake, NODES.slice(0, 1), around, ({ states }) => seen.push(states.filter(({ status: said }) => said === "pinned").length), signal);
  assert.deepEqual(seen, [0, 0, 0, 0, 1]);
  assert.deepEqual(around.waits, [1000, 1500, 2250, 3375]);
  assert.equal(nextPause(14_000, false), 15_000);
});

test("one question without an answer is no news", async () => {
  const fake = new Fake();
  fake.pins.set("x", pinned("x"));
  const failures = [refused(503), null, refused(503), refused(502), refused(503), refused(503)];
  fake.statusOf = async (cid) => {
    const failure = failures.shift();
    if (failure) throw failure;
    return status(cid, { a: failure === null ? "pinning" : "pinned" });
  };
  const seen: (string | undefined)[] = [];
  await watch("x", fake, NODES.slice(0, 1), conditions(), ({ states, error }) => seen.push(error ? "error" : states[0]?.status), signal);
  assert.deepEqual(seen, ["pinning", "error", "error", "pinned"]);
});
