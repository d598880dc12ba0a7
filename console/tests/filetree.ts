// Prints the root of a file in chunks of 7 bytes: node filetree.mjs <path>=><links of a node>…
import { readFileSync } from "node:fs";
import { FileTree, nodeCid, sha256, type Bytes } from "../src/upload/blocks";

for (const line of process.argv.slice(2)) {
  const [path = "", links = ""] = line.split("=>");
  const content = readFileSync(path);
  const tree = new FileTree(nodeCid, Number(links));
  for (let at = 0; at < content.length; at += 7) {
    const chunk = new Uint8Array(content.subarray(at, at + 7)) as Bytes;
    await tree.add(await sha256(chunk), chunk.length);
  }
  console.log(JSON.stringify((await tree.finish()).cid.toString()));
}
