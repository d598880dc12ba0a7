// Prints the plan of a path, and writes its parts as CAR files if a folder for them is given: node plan.mjs <path> [<folder>]
import { lstatSync, openAsBlob, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { Planner } from "../src/upload/plan";
import { withoutHidden, type Folder, type Item } from "../src/upload/tree";

async function read(path: string): Promise<Item> {
  if (!lstatSync(path).isDirectory()) return openAsBlob(path);
  const folder: Folder = new Map();
  for (const name of readdirSync(path)) folder.set(name, await read(join(path, name)));
  return folder;
}

for (const line of process.argv.slice(2)) {
  const [path = "", folder = ""] = line.split("=>");
  const item = await read(path);
  const planner = new Planner(item instanceof Map ? withoutHidden(item) : item, basename(path));
  const plan = await planner.plan();
  if (folder) {
    for (const index of plan.parts.keys()) {
      const car = await planner.car(index);
      writeFileSync(join(folder, `${index}.car`), new Uint8Array(await car.arrayBuffer()));
    }
  }
  console.log(JSON.stringify(plan));
}
