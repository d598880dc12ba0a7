// Builds the console into the component's package. The bytes written depend on the sources and on package-lock.json alone.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const OUT = process.argv[2] ?? join(HERE, "..", "components", "ipfs_cluster", "edge", "console");

const options = {
  absWorkingDir: HERE, // names in the output are relative to it, so that they are the same on each machine
  entryNames: "assets/[name]-[hash]",
  outdir: OUT,
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  charset: "utf8",
  legalComments: "none",
};
const named = (bundled, ending) => {
  const names = bundled.outputFiles.map((file) => relative(OUT, file.path).replaceAll("\\", "/"));
  return names.find((name) => name.endsWith(ending));
};

// The page names its worker, so the worker comes first.
const worker = await build({ ...options, format: "iife", entryPoints: { "upload-worker": "src/upload/worker.ts" } });
const main = await build({
  ...options,
  entryPoints: { console: "src/main.tsx" },
  define: { UPLOAD_WORKER: JSON.stringify(named(worker, ".js")) },
});

rmSync(join(OUT, "assets"), { recursive: true, force: true }); // the runbook, next to the page, is made from docs/operations.md
mkdirSync(join(OUT, "assets"), { recursive: true });
for (const file of [...worker.outputFiles, ...main.outputFiles]) writeFileSync(file.path, file.contents);

// The icon has the hash of its content in its name, as the assets have.
const icon = readFileSync(join(HERE, "src", "icon.svg"));
const iconName = `assets/icon-${createHash("sha256").update(icon).digest("hex").slice(0, 8).toUpperCase()}.svg`;
writeFileSync(join(OUT, iconName), icon);

const page = readFileSync(join(HERE, "src", "index.html"), "utf8")
  .replace("@STYLES@", named(main, ".css"))
  .replace("@SCRIPT@", named(main, ".js"))
  .replace("@ICON@", iconName);
writeFileSync(join(OUT, "index.html"), page);

// The licence of each package of which something is in a bundle.
const packages = new Set();
for (const input of [worker, main].flatMap((bundled) => Object.keys(bundled.metafile.inputs))) {
  const found = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
  if (found) packages.add(found[1]);
}
const licences = [...packages].sort().map((name) => {
  const folder = join(HERE, "node_modules", name);
  const { version, license, author } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const files = readdirSync(folder).filter((file) => /^licen[cs]e/i.test(file)).sort();
  if (files.length === 0) {
    // Such packages only name it. Where one may choose Apache-2.0, its text is the one that this project has.
    if (!/(^|OR )Apache-2\.0( OR|$)/.test(license)) throw new Error(`${name} ${version} comes without the text of its licence`);
    return `${name} ${version} (${license})\n\nCopyright ${author?.name ?? author ?? "its contributors"}. Used under the Apache License, Version 2.0; the text is at the end.\n`;
  }
  const texts = files.map((file) => readFileSync(join(folder, file), "utf8").trim());
  return `${name} ${version} (${license})\n\n${texts.join("\n\n")}\n`;
});
const rule = `\n${"-".repeat(80)}\n\n`;
licences.push(readFileSync(join(HERE, "..", "LICENSE"), "utf8"));
writeFileSync(join(OUT, "LICENSES.txt"), `The console contains these packages:\n${rule}${licences.join(rule)}`);
