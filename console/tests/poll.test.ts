// How often the page asks, by a clock that the test moves.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Poller, pause } from "../src/poll";
import { session, signOut, signedIn } from "../src/session";

const page = globalThis.document as unknown as EventTarget & { hidden: boolean };

/** Lets everything happen that waits for nothing but its turn. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

async function pass(ms: number): Promise<void> {
  mock.timers.tick(ms);
  await turn();
}

function look(hidden: boolean): void {
  page.hidden = hidden;
  page.dispatchEvent(new Event("visibilitychange"));
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
  page.hidden = false;
  signedIn("me", "token");
});

test("it asks at once, and then at its pace", async () => {
  let asked = 0;
  const end = new Poller(3_000, async () => void (asked += 1)).use();
  await pass(0);
  assert.equal(asked, 1);
  await pass(2_999);
  assert.equal(asked, 1);
  await pass(1);
  assert.equal(asked, 2);
  end();
  await pass(60_000);
  assert.equal(asked, 2, "nobody uses it any more");
});

test("two users share one request", async () => {
  let asked = 0;
  const poller = new Poller(3_000, async () => void (asked += 1));
  const ends = [poller.use(), poller.use()];
  await pass(0);
  assert.equal(asked, 1);
  ends[0]?.();
  ends[0]?.();
  await pass(3_000);
  assert.equal(asked, 2);
  ends[1]?.();
});

test("rarely while nobody looks, at once when somebody does", async () => {
  let asked = 0;
  const end = new Poller(3_000, async () => void (asked += 1)).use();
  await pass(0);
  look(true);
  await pass(3_000); // it was due already
  assert.equal(asked, 2);
  await pass(59_000);
  assert.equal(asked, 2);
  await pass(1_000);
  assert.equal(asked, 3);
  look(false);
  await pass(0);
  assert.equal(asked, 4);
  end();
});

test("less and less while it fails, and at once when the connection is back", async () => {
  let asked = 0;
  const end = new Poller(3_000, async () => {
    asked += 1;
    throw new Error("down");
  }).use();
  await pass(0);
  for (const [index, seconds] of [1, 2, 4, 8, 16, 30, 30].entries()) {
    await pass(seconds * 1_000 - 1);
    assert.equal(asked, index + 1);
    await pass(1);
    assert.equal(asked, index + 2);
  }
  dispatchEvent(new Event("online"));
  await pass(0);
  assert.equal(asked, 9);
  end();
});

test("nothing is asked while nobody is signed in", async () => {
  let asked = 0;
  signOut();
  const end = new Poller(3_000, async () => void (asked += 1)).use();
  await pass(10_000);
  assert.equal(asked, 0);
  signedIn("me", "token");
  await pass(0);
  assert.equal(asked, 1);
  assert.equal(session.value.user, "me");
  end();
});

test("a request that is not needed any more is stopped", async () => {
  let stopped = false;
  const end = new Poller(3_000, (signal) => new Promise((_, reject) => signal.addEventListener("abort", () => ((stopped = true), reject(signal.reason))))).use();
  await pass(0);
  end();
  await turn();
  assert.ok(stopped);
});

test("big answers are asked for less often", () => {
  assert.equal(pause(10_000, 0, false, { bytes: 1_000 }), 10_000);
  assert.equal(pause(10_000, 0, false, { bytes: 2_000_000 }), 100_000);
  assert.equal(pause(10_000, 0, false, { waitMs: 2_000 }), 2_000);
  assert.equal(pause(10_000, 0, true), 60_000);
  assert.equal(pause(10_000, 1, true), 60_000);
});
