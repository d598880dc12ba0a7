// Pure parts of the console, by Node's own test runner (tests/console/test_units.py).
import assert from "node:assert/strict";
import { test } from "node:test";
import { each } from "../src/actions";
import { cidIn, inlineCid, otherVersion, spellings } from "../src/cid";
import { Said, comparisonMs } from "../src/cluster";
import { ago, percent, plural, size, time } from "../src/format";
import { type Presence, answered, heard, liveness } from "../src/liveness";
import { moved, toggled } from "../src/pinsview";
import { rowOf } from "../src/pinset";
import type { Config } from "../src/config";
import { nodeViews, problems } from "../src/problems";
import { parse } from "../src/router";
import { explain } from "../src/reasons";
import { type Known, counts, matcher, select, sorted, summary } from "../src/select";
import { dagSize, parseBlock } from "../src/unixfs";
import type { Metric } from "../src/types";
import { pin } from "./pins";

const V1 = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";

test("a CID is found in what people paste", () => {
  const v0 = "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKPbdG";
  for (const text of [v0, `ipfs://${v0}`, `/ipfs/${v0}/a/b`, `https://x.example/ipfs/${v0}?a#b`, ` ${v0}\n`]) {
    assert.equal(cidIn(text)?.toString(), v0, text);
  }
  assert.equal(cidIn(`https://${V1}.ipfs.x.example/y`)?.toString(), V1);
  for (const text of ["", "b", "bafy", "report.pdf", "Qm", "backup", "z".repeat(2000), "/ipfs/", "mango", "F", "🚀"]) assert.equal(cidIn(text), null, text);
  assert.ok(spellings(cidIn(v0)!).has("bafybeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf47mvof4"));
  assert.equal(otherVersion(v0), "bafybeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf47mvof4");
  assert.equal(otherVersion("bafybeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf47mvof4"), v0);
  assert.equal(otherVersion(V1), null, "version 0 is of DAG-PB only");
  assert.equal(inlineCid(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)), "bafkqacabaibqibiga4ea");
});

test("numbers and times as people read them", () => {
  assert.deepEqual([0, 1023, 1024, 1536, 2 ** 30, 5.25 * 2 ** 40].map(size), ["0 B", "1,023 B", "1 KiB", "1.5 KiB", "1 GiB", "5.3 TiB"]);
  assert.deepEqual([percent(0, 10), percent(1, 1000), percent(999.5, 1000), percent(10, 10), percent(1, 0)], ["0 %", "< 1 %", "> 99 %", "100 %", "0 %"]);
  assert.deepEqual([plural(1, "pin"), plural(1000, "pin")], ["1 pin", "1,000 pins"]);
  const now = Date.parse("2026-11-29T10:00:00Z");
  const at = (text: string) => ago(Date.parse(text), now);
  assert.equal(at("2026-11-29T10:00:00Z"), "just now");
  assert.equal(at("2026-11-29T09:59:50Z"), "10 seconds ago");
  assert.equal(at("2026-11-29T10:00:30Z"), "in 30 seconds");
  assert.equal(at("2026-11-29T08:00:00Z"), "2 hours ago");
  assert.equal(at("2026-11-28T09:00:00Z"), "yesterday");
  assert.equal(at("2027-11-30T10:00:00Z"), "next year");
  assert.deepEqual(["0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", undefined, "nonsense"].map(time), [0, 0, 0, 0]);
});

test("an address leads to a view", () => {
  assert.deepEqual(parse(""), { view: "overview" });
  assert.deepEqual(parse("#/"), { view: "overview" });
  assert.deepEqual(parse("#/pins"), { view: "pins", query: {} });
  assert.deepEqual(parse("#/pins?state=failed&q=a%20b"), { view: "pins", query: { state: "failed", q: "a b" } });
  assert.deepEqual(parse(`#/pins/${V1}`), { view: "pin", cid: V1 });
  assert.deepEqual(parse("#/pins/%F0%9F"), { view: "pin", cid: "%F0%9F" });
  assert.deepEqual(parse(`#/upload?cid=${V1}`), { view: "upload", cid: V1 });
  for (const hash of ["#/x", "#/pins/a/b", "#/upload/x", "#//"]) assert.notEqual(parse(hash).view, "pin", hash);
  assert.deepEqual(parse("#/x"), { view: "unknown" });
});

const ping = (peer: string): Metric => ({ name: "ping", peer, value: "", expire: 0, valid: true, received_at: 0 });

test("a node that is missing is down, and one that comes and goes is unsteady", () => {
  let known = heard(new Map(), [ping("a"), ping("b")], ["a", "b"], 1_000);
  assert.equal(liveness(known.get("b"), 1_000), "up");
  known = heard(known, [ping("a")], [], 4_000);
  assert.equal(liveness(known.get("b"), 4_000), "down");
  assert.equal(known.get("b")?.seen, 1_000);
  known = heard(known, [ping("a"), ping("b")], [], 7_000);
  assert.equal(liveness(known.get("b"), 7_000), "up");
  known = heard(known, [ping("a")], [], 10_000);
  assert.equal(liveness(known.get("b"), 10_000), "disputed");
  assert.equal(liveness(known.get("b"), 30_000), "down");
  assert.equal(liveness(undefined, 0), undefined);
});

const said = (status: string) => ({ peername: "", status: status as never, timestamp: "", error: "", attempt_count: 0 });
const known = (more: Partial<Known> = {}): Known => ({ nodes: ["a", "b", "c"], down: new Set(), active: new Map(), missing: new Map(), ...more });

test("the state of a pin is that of its worst node", () => {
  const everywhere = rowOf(pin("x"));
  const two = rowOf(pin("y", { replication_factor_min: 1, replication_factor_max: 2, allocations: ["a", "b"] }));
  assert.deepEqual(summary(everywhere, known()), { state: "pinned", held: 3, of: 3 });
  assert.deepEqual(summary(two, known({ down: new Set(["c"]) })), { state: "pinned", held: 2, of: 2 });
  assert.deepEqual(summary(everywhere, known({ down: new Set(["c"]) })), { state: "partial", held: 2, of: 3 });
  const active = new Map([["x", { a: said("pin_queued"), b: said("pin_error") }], ["y", { c: said("unpinning") }]]);
  assert.deepEqual(summary(everywhere, known({ active })), { state: "failed", held: 1, of: 3 });
  assert.deepEqual(summary(two, known({ active })), { state: "unpinning", held: 2, of: 2 });
  const missing = new Map([["x", { c: said("unexpectedly_unpinned") }]]);
  assert.deepEqual(summary(everywhere, known({ active: new Map([["x", { b: said("cluster_error") }]]) })), { state: "partial", held: 2, of: 3 });
  assert.deepEqual(summary(everywhere, known({ missing })), { state: "missing", held: 2, of: 3 });
  assert.deepEqual(counts([everywhere, two], known({ missing })), { failed: 0, missing: 1, unpinning: 0, pinning: 0, queued: 0, partial: 0, pinned: 1 });
  assert.deepEqual(select([everywhere, two], "", "missing", known({ missing })), [everywhere]);
});

test("every word of a search must be found", () => {
  const row = rowOf(pin("QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKPbdG", { name: "Annual Report", metadata: { Year: "2026" } }));
  for (const text of ["", "annual", "report 2026", "year=2026", "qmywapj", "WKPbdG", "bafybeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf47mvof4"]) assert.ok(matcher(text)(row), text);
  for (const text of ["2025", "annual 2025", V1]) assert.ok(!matcher(text)(row), text);
});

test("pins without a name or an expiry are last in both directions", () => {
  const rows = [rowOf(pin("1")), rowOf(pin("2", { name: "b", expire_at: "2027-01-01T00:00:00Z" })), rowOf(pin("3", { name: "A", expire_at: "2028-01-01T00:00:00Z" }))];
  const order = (key: "name" | "expires", down: boolean) => sorted(rows, key, down, known()).map((row) => row.cid).join("");
  assert.deepEqual([order("name", false), order("name", true), order("expires", false), order("expires", true)], ["321", "231", "231", "321"]);
});

test("keys lead to rows of the list", () => {
  assert.deepEqual(["ArrowDown", "ArrowUp", "PageDown", "PageUp", "Home", "End"].map((key) => moved(key, 5, 100, 10)), [6, 4, 15, 0, 0, 99]);
  assert.equal(moved("ArrowDown", 99, 100, 10), 99);
  assert.equal(moved("x", 5, 100, 10), null);
  assert.deepEqual([...toggled(new Set(["a"]), ["b", "c"], true)], ["a", "b", "c"]);
  assert.deepEqual([...toggled(new Set(["a", "b"]), ["b", "c"], false)], ["a"]);
});

test("an error of a daemon has words and a section", () => {
  assert.equal(explain("context deadline exceeded").section, "pin-errors");
  assert.equal(explain("dial tcp: connection refused").section, "nodes-down");
  assert.equal(explain("write: no space left on device").section, "storage");
  assert.equal(explain("something new").text, "The node failed.");
});

test("blocks of files and folders", () => {
  const folder = parseBlock(Uint8Array.from([0x12, 0x07, 0x12, 0x01, 0x61, 0x18, 0x80, 0x80, 0x04, 0x0a, 0x02, 0x08, 0x01]));
  assert.deepEqual(folder, { kind: "folder", entries: [{ name: "a", size: 65_536 }], fileSize: null, length: 13 });
  assert.equal(dagSize(folder), 65_549);
  assert.deepEqual(parseBlock(Uint8Array.from([0x0a, 0x04, 0x08, 0x02, 0x18, 0x05])), { kind: "file", entries: [], fileSize: 5, length: 6 });
  assert.equal(parseBlock(Uint8Array.from([0x0a, 0x02, 0x08, 0x05])).kind, "sharded");
  for (const bytes of [[0x12], [0x12, 0x05, 0x01], [0x0d, 0x01], [0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]]) {
    assert.throws(() => parseBlock(Uint8Array.from(bytes)));
  }
});

test("a few at a time, on to the end whatever fails", async () => {
  let running = 0;
  let most = 0;
  const seen: number[] = [];
  const act = async (cid: string) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve));
    running -= 1;
    if (cid === "7") throw new Error("no");
  };
  const cids = Array.from({ length: 20 }, (_, index) => String(index));
  const result = await each(cids, act, (now) => seen.push(now.done.length + now.failed.size), new AbortController().signal);
  assert.deepEqual([most, result.done.length, [...result.failed.keys()], seen.at(-1)], [4, 19, ["7"], 20]);
});

test("pins are compared as often as the nodes do it themselves", () => {
  assert.deepEqual([0, 3_600, 100_000].map(comparisonMs), [180_000, 180_000, 5_000_000]);
});

const config: Config = {
  name: "c",
  gateway: "https://g.example",
  nodes: [{ name: "a", zone: "a", clusterPeerId: "1", kuboPeerId: "2" }],
  replication: { min: -1, max: -1 },
  storageMaxGib: 100,
  readOnly: false,
  gatewayAuthentication: null,
  docs: "runbook.html",
};
const none = { value: null, at: 0, error: "" };
const rest = { peers: none, free: none, alerts: none, gateway: none, active: none, missing: none };

test("nodes that do not hear of each other are up while they answer in their turn", () => {
  const ids = ["a", "b", "c"];
  let known: ReadonlyMap<string, Presence> = new Map();
  const states = () => ids.map((id) => liveness(known.get(id), 0));
  const ask = (...turns: string[]) => turns.forEach((id, at) => (known = answered(known, id, ids, at + 1)));
  ask("a");
  assert.deepEqual(states(), ["up", undefined, undefined], "the others were not asked yet");
  ask("b", "a", "a", "b");
  assert.deepEqual(states(), ["up", "up", undefined]);
  ask(...Array.from({ length: 20 }, () => "a"));
  assert.deepEqual(states(), ["up", "up", "down"], "never an answer in 25");
  ask("c", ...Array.from({ length: 4 }, () => "a"));
  assert.deepEqual(states(), ["up", "down", "up"]);
  const nodes = ids.map((id) => ({ name: id, zone: id, clusterPeerId: id, kuboPeerId: id }));
  const follower: Config = { ...config, nodes, readOnly: true };
  const peers = { ...none, value: ids.map((id) => ({ id, peername: id, version: "1", error: "", cluster_peers: [], ipfs: { id, error: "" } })) };
  const found = problems(follower, { ...rest, peers, presence: { value: known, at: 0, error: "" } }, 0);
  assert.deepEqual(found.map(({ text }) => text), ["The node b does not answer. The others serve, and nothing is lost."], "and none that it does not see another");
  known = new Map();
  ask("a");
  const views = nodeViews(follower, { ...rest, presence: { value: known, at: 0, error: "" } }, 0);
  assert.deepEqual(views.map(({ state }) => state), ["up", "unknown", "unknown"]);
});

test("what one node says of itself is kept while another one answers", () => {
  const failed = { peername: "", status: "pin_error" as const, timestamp: "", error: "", attempt_count: 1 };
  const said = new Said();
  const of = (node: string, ...cids: string[]) => new Map(cids.map((cid) => [cid, { [node]: failed }]));
  assert.deepEqual(said.take(of("a", "1", "2"), 0, 0), new Map([["1", { a: failed }], ["2", { a: failed }]]));
  assert.deepEqual(said.take(new Map(), 10, 0), new Map([["1", { a: failed }], ["2", { a: failed }]]));
  assert.deepEqual(said.take(of("b", "2"), 20, 0), new Map([["1", { a: failed }], ["2", { a: failed, b: failed }]]));
  assert.deepEqual(said.take(of("a", "2"), 30, 0), new Map([["2", { b: failed, a: failed }]]), "it has been mended on the one");
  assert.deepEqual(said.take(new Map(), 40, 21), new Map([["2", { a: failed }]]), "the other has not repeated it");
});

test("one request that fails is no trouble yet", () => {
  const presence = { value: new Map([["1", { present: true, seen: 1_000, back: 0 }]]), at: 1_000, error: "No answer." };
  const texts = (now: number) => problems(config, { ...rest, presence }, now).map(({ text }) => text);
  assert.deepEqual(texts(5_000), []);
  assert.deepEqual(texts(10_000), ["The API does not answer. No answer."]);
  const states = (now: number) => nodeViews(config, { ...rest, presence }, now).map(({ state }) => state);
  assert.deepEqual([states(10_000), states(17_000)], [["up"], ["unknown"]]);
  assert.deepEqual(problems(config, { ...rest, presence: { ...none, error: "No." } }, 20_000).length, 1, "never an answer");
});
