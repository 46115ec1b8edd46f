import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { table } from "../../pipeline/system/markdown.js";
import { packageRoot } from "../../pipeline/system/paths.js";

/**
 * Compares what config/snippets-parity.yaml gives with what the scripts of the project that it follows give: all six
 * files, byte for byte.
 *
 *   node dist/scripts/prove/snippets-parity.js --project DIR --expected DIR
 *
 * DIR of --project is a checkout of that project; DIR of --expected holds its train, val and test .jsonl, and the same
 * with _harmony in their names.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { project: { type: "string" }, expected: { type: "string" } } });
  const { project, expected } = values;
  if (project === undefined || expected === undefined) throw new Error("expected --project DIR and --expected DIR");
  const cwd = mkdtempSync(join(tmpdir(), "prove-parity-"));
  try {
    const command = [join(packageRoot, "dist/pipeline/cli/main.js"), "run", "snippets-parity", "--plain"];
    const start = performance.now();
    await execa(process.execPath, [...command, "--set", `snippets.root=${resolve(project)}`], {
      cwd,
      stdio: "inherit",
    });
    const seconds = (performance.now() - start) / 1000;

    const files = ["", "_harmony"].flatMap((ending) =>
      ["train", "val", "test"].map((split) => {
        const name = `${split}${ending}.jsonl`;
        const folder = join(cwd, "data/snippets-parity", ending === "" ? "jsonl" : "messages/jsonl");
        return { name, ours: factsOf(join(folder, name)), theirs: factsOf(join(resolve(expected), name)) };
      }),
    );
    const rows = files.map(({ name, ours, theirs }) => [
      name,
      ours.rows,
      theirs.rows,
      ours.sha256,
      theirs.sha256,
      ours.sha256 === theirs.sha256 ? "equal" : "DIFFERENT",
    ]);
    console.log(`\n${table(["file", "rows", "rows of theirs", "SHA-256", "SHA-256 of theirs", ""], rows)}`);
    const equal = files.filter(({ ours, theirs }) => ours.sha256 === theirs.sha256).length;
    console.log(
      `\n${equal} of ${files.length} files are equal, byte for byte; ${seconds.toFixed(2)} s, start-up included`,
    );
    process.exitCode = equal === files.length ? 0 : 1;
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

function factsOf(path: string): { readonly rows: number; readonly sha256: string } {
  const bytes = readFileSync(path);
  return {
    rows: bytes.toString("latin1").split("\n").length - 1,
    sha256: createHash("sha256").update(bytes).digest("hex"),
  };
}

await main();
