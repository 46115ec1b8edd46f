import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { packageRoot } from "../pipeline/system/paths.js";
import { commandReference } from "./docs/commands.js";
import { platformReference } from "./docs/platforms.js";
import { stageReference } from "./docs/stages.js";

/** Pages of `docs/` that say what the code says of itself; a test holds them against it. */
export const references = {
  "docs/commands.md": commandReference,
  "docs/stages.md": stageReference,
  "docs/platforms.md": platformReference,
};

/** Writes the pages anew that follow from the code: `npm run docs`. */
async function main(): Promise<void> {
  for (const [page, text] of Object.entries(references)) {
    const path = join(packageRoot, page);
    const before = await readFile(path, "utf8").catch(() => "");
    const after = await text();
    if (after !== before) await writeFile(path, after);
    console.log(`${after === before ? "as it was" : "written"}  ${page}`);
  }
}

if (process.argv[1]?.endsWith("docs.js") === true) await main();
