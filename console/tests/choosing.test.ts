// What needs no browser: rates, what is typed, and folders.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isPeerId, originProblem, wanted } from "../src/upload/address";
import { NOTHING_TYPED, optionsOf, problemsOf, query, type Typed } from "../src/upload/options";
import { inOrder } from "../src/upload/order";
import { Rate, secondsLeft } from "../src/upload/rate";
import { count, sorted, withoutHidden, type Folder } from "../src/upload/tree";
import { fromFiles, together, walk } from "../src/upload/walk";

const CID = "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354";
const V0 = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn";
const PEER = "12D3KooWGRUVh7uPqrFVVwbBdzwFWrKpYS3TyAHSBRsJvqwrXXEq";

test("the rate is that of the last ten seconds", () => {
  const rate = new Rate();
  rate.add(0, 0);
  assert.equal(rate.perSecond(500), 0);
  for (let second = 1; second <= 20; second++) rate.add(second * 100, second * 1000);
  assert.equal(rate.perSecond(20_000), 100);
  for (let second = 21; second <= 40; second++) rate.add(2000 + (second - 20) * 300, second * 1000);
  assert.equal(rate.perSecond(40_000), 300);
  rate.add(100, 41_000); // an attempt failed, and what it sent is taken back
  assert.equal(rate.perSecond(41_000), 0);
});

test("the remaining time does not jump", () => {
  assert.equal(secondsLeft(1000, 0), null);
  assert.deepEqual([secondsLeft(1, 1), secondsLeft(34, 1), secondsLeft(61, 1), secondsLeft(3599, 1)], [1, 35, 70, 3600]);
});

test("CIDs and links", () => {
  const v1 = { cid: CID, path: "" };
  for (const text of [
    CID,
    ` ${CID}\n`,
    `/ipfs/${CID}`,
    `ipfs://${CID}`,
    `ipfs://${CID}/`,
    `https://ipfs.io/ipfs/${CID}`,
    `https://${CID}.ipfs.dweb.link/`,
    `dweb:/ipfs/${CID}`,
    `ipfs://ipfs/${CID}`,
    CID.toUpperCase(),
    "zdj7WbTaiJT1fgatdet9Ei9iDB5hdCxkbVyhyh8YTUnXMiwYi",
    "f0170122059948439065f29619ef41280cbb932be52c56d99c5966b65e0111239f098bbef",
  ]) {
    assert.deepEqual(wanted(text), v1, text);
  }
  assert.deepEqual(wanted(V0), { cid: V0, path: "" });
  assert.deepEqual(wanted(`${V0}/a/b.txt`), { cid: V0, path: "a/b.txt" });
  assert.deepEqual(wanted(`https://gateway.example.com/ipfs/${CID}/film.mp4?download=true#t=3`), { cid: CID, path: "film.mp4" });
  assert.deepEqual(wanted(`https://${CID}.ipfs.dweb.link/a/b/`), { cid: CID, path: "a/b" });
  assert.deepEqual(wanted(`ipfs://${CID}/a`), { cid: CID, path: "a" });
  assert.deepEqual(wanted("  "), { problem: "empty" });
  for (const name of [
    "/ipns/docs.ipfs.tech",
    "ipns://docs.ipfs.tech",
    `https://${PEER}.ipns.dweb.link`,
    "k51qzi5uqu5dhjghbwdvbo6mi40htrq6e2z4pwgp15pgv3ho1azvidttzh8yy2",
  ]) {
    assert.deepEqual(wanted(name), { problem: "name" }, name);
  }
  for (const none of ["hello", "Qm123", `${CID.slice(0, -1)}`, "https://example.com/", "<img src=x onerror=alert(1)>"]) {
    assert.deepEqual(wanted(none), { problem: "none" }, none);
  }
});

test("origins are multiaddrs that end with a peer", () => {
  const right = [
    `/ip4/203.0.113.7/tcp/4001/p2p/${PEER}`,
    `/ip6/2001:db8::1/udp/4001/quic-v1/p2p/${PEER}`,
    `/dns4/node.example.com/tcp/443/tls/sni/node.example.com/ws/p2p/${PEER}`,
    `/dnsaddr/bootstrap.libp2p.io/p2p/QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN`,
    `/ip4/203.0.113.7/tcp/4001/p2p/${PEER}/p2p-circuit/p2p/${PEER}`,
  ];
  assert.deepEqual(
    right.map(originProblem),
    right.map(() => null),
  );
  assert.deepEqual(originProblem(PEER), { problem: "start", part: PEER });
  assert.equal(originProblem(`/ip4/1.2.3.4/tcp/1/p2p/${PEER},/ip4/1.2.3.4`)?.problem, "start");
  assert.deepEqual(originProblem("/ip5/1.2.3.4"), { problem: "protocol", part: "ip5" });
  assert.deepEqual(originProblem(`/constructor/x/p2p/${PEER}`), { problem: "protocol", part: "constructor" });
  for (const wrong of ["/ip4/300.1.1.1/tcp/1", "/ip4/1.2.3.4/tcp/70000", "/ip4/1.2.3.4/tcp", "/ip4/1.2.3.4/tcp/1/p2p/12D3KooW", "/ip6/hello/tcp/1"]) {
    assert.equal(originProblem(wrong)?.problem, "value", wrong);
  }
  assert.deepEqual(originProblem("/ip4/203.0.113.7/tcp/4001"), { problem: "peer", part: "" });
  assert.deepEqual([isPeerId(PEER), isPeerId(CID), isPeerId("")], [true, false, false]);
});

test("what is typed is refused in words, field by field", () => {
  const now = Date.parse("2026-11-29T12:00:00Z");
  const of = (typed: Partial<Typed>) => Object.keys(problemsOf({ ...NOTHING_TYPED, ...typed }, 3, now));
  const row = (key: string, value: string, id = 1) => ({ id, key, value });
  assert.deepEqual(of({}), []);
  assert.deepEqual(of({ metadata: [row("", "")] }), []);
  assert.deepEqual(of({ metadata: [row("", "x")] }), ["metadata-1"]);
  assert.deepEqual(of({ metadata: [row("a", "1"), row("a", "2", 2)] }), ["metadata-2"]);
  assert.deepEqual(of({ expiry: "at" }), ["expiryDate"]);
  assert.deepEqual(of({ expiry: "at", expiryDate: "2020-01-01T00:00" }), ["expiryDate"]);
  assert.deepEqual(of({ expiry: "at", expiryDate: "2040-01-01T00:00" }), []);
  assert.deepEqual(of({ copies: "some", min: "0", max: "4" }), ["min", "max"]);
  assert.deepEqual(of({ copies: "some", min: "3", max: "2" }), ["max"]);
  assert.deepEqual(of({ copies: "some", min: "2", max: "3" }), []);
  assert.deepEqual(of({ name: "x".repeat(8000) }), ["name"]);
});

test("origins count towards what one request holds", () => {
  const typed = { ...NOTHING_TYPED, name: "x".repeat(6300) };
  assert.deepEqual(Object.keys(problemsOf(typed, 3, 0, Array(3).fill(`/ip4/203.0.113.7/tcp/4001/p2p/${PEER}`))), []);
  assert.deepEqual(Object.keys(problemsOf(typed, 3, 0, Array(10).fill(`/ip4/203.0.113.7/tcp/4001/p2p/${PEER}`))), ["name"]);
});

test("of many, the one under way comes first", () => {
  const stages = ["waiting", "waiting", "sending", "done"] as const;
  const shown = inOrder(stages.map((stage, index) => ({ stage, id: 4 - index })));
  assert.deepEqual(
    shown.map(({ id }) => id),
    [2, 1, 3, 4],
  );
});

test("what is typed becomes the parameters of a request", () => {
  const typed: Typed = {
    name: " film ",
    metadata: [
      { id: 1, key: "year", value: "2026" },
      { id: 2, key: "", value: "" },
    ],
    expiry: "24",
    expiryDate: "",
    copies: "some",
    min: "2",
    max: "3",
  };
  assert.deepEqual(query({ ...optionsOf(typed), origins: ["/a", "/b"] }), {
    "meta-year": "2026",
    name: "film",
    "expire-in": "24h",
    "replication-min": "2",
    "replication-max": "3",
    origins: "/a,/b",
  });
  assert.deepEqual(query(optionsOf(NOTHING_TYPED)), {});
  assert.deepEqual(query(optionsOf({ ...NOTHING_TYPED, copies: "all" })), { "replication-min": "-1", "replication-max": "-1" });
  assert.deepEqual(query({ expireAt: Date.parse("2030-01-02T03:04:05.678Z") }), { "expire-at": "2030-01-02T03:04:05Z" });
});

const file = (path: string, content = "x") =>
  Object.defineProperty(new File([content], path.split("/").at(-1) ?? ""), "webkitRelativePath", { value: path.includes("/") ? path : "" });
const names = (folder: Folder): unknown =>
  Object.fromEntries([...folder].map(([name, item]) => [name, item instanceof Map ? names(item) : item.size]));

test("files of a folder become a tree", () => {
  const found = fromFiles([file("site/index.html", "ab"), file("site/img/.DS_Store"), file("site/img/a.png"), file("site/b/c/d.txt", "")]);
  assert.deepEqual(names(found.items), { site: { "index.html": 2, img: { ".DS_Store": 1, "a.png": 1 }, b: { c: { "d.txt": 0 } } } });
  assert.equal(found.noEmptyFolders, true);
  assert.deepEqual(count(found.items, false), { files: 3, folders: 4, bytes: 3, hidden: [".DS_Store"] });
  assert.deepEqual(count(found.items, true), { files: 4, folders: 4, bytes: 4, hidden: [".DS_Store"] });
  assert.deepEqual(names(withoutHidden(found.items)), { site: { "index.html": 2, img: { "a.png": 1 }, b: { c: { "d.txt": 0 } } } });
});

test("names that cannot be kept are refused", () => {
  const found = fromFiles([file("a"), file("b\ufffdc")]);
  assert.deepEqual(found.refused, [{ path: "b\ufffdc", reason: "encoding" }]);
  assert.deepEqual(together(found.items, fromFiles([file("a")])).refused, [{ path: "a", reason: "twice" }]);
});

test("names are in the order of their bytes", () => {
  const folder: Folder = new Map(["\u{1f600}", "\uff01", "aa", "B", "a.b", "a"].map((name) => [name, new Blob([])]));
  assert.deepEqual(
    sorted(folder).map(([name]) => name),
    ["B", "a", "a.b", "aa", "\uff01", "\u{1f600}"],
  );
});

/** What a browser gives of a folder that is dropped: 100 entries at a time. */
function entry(name: string, content: string | Record<string, never> | object, path = ""): FileSystemEntry {
  const fullPath = `${path}/${name}`;
  if (typeof content === "string") {
    const give = (resolve: (file: File) => void, reject: (error: Error) => void) =>
      content === "!" ? reject(new Error("no")) : resolve(new File([content], name));
    return { name, fullPath, isDirectory: false, isFile: true, file: give } as unknown as FileSystemEntry;
  }
  const below = Object.entries(content).map(([child, of]) => entry(child, of as string, fullPath));
  const createReader = () => {
    const left = [...below];
    return { readEntries: (resolve: (entries: FileSystemEntry[]) => void) => resolve(left.splice(0, 100)) };
  };
  return { name, fullPath, isDirectory: true, isFile: false, createReader } as unknown as FileSystemEntry;
}

test("a folder that is dropped is walked to its end, and empty ones are kept", async () => {
  const many = Object.fromEntries(Array.from({ length: 250 }, (_, index) => [`f${index}`, "x"]));
  let told = 0;
  const found = await walk([entry("top", { many, empty: {}, "a.txt": "ab" }), entry("b.txt", "c")], (files) => (told = files));
  assert.deepEqual(count(found.items, true), { files: 252, folders: 3, bytes: 253, hidden: [] });
  assert.deepEqual(names(new Map([...(found.items.get("top") as Folder)].filter(([name]) => name !== "many"))), { empty: {}, "a.txt": 2 });
  assert.deepEqual([found.refused, found.noEmptyFolders, told], [[], false, 252]);
});

test("what cannot be read is named", async () => {
  const found = await walk([entry("top", { below: { secret: "!" } })]);
  assert.deepEqual(found.refused, [{ path: "top/below/secret", reason: "unreadable" }]);
});
