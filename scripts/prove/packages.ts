import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { packageRoot } from "../../pipeline/system/paths.js";
import { withServices } from "../bench/services.js";
import { type Comparison, comparePublicNames } from "./public-names.js";

/**
 * Well-known packages from the index: holds what `extract` finds in them against Python's own `ast` and `inspect`, and
 * writes tests for some of their functions with the real command.
 *
 *   node dist/scripts/prove/packages.js [NAME@VERSION...] [--limit 25] [--model REFERENCE]
 *
 * --limit 0 writes no tests; --model is the command's own. Imports the packages outside the sandbox, as one would who
 * installs them.
 */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { limit: { type: "string", default: "25" }, model: { type: "string" } },
  });
  const names = positionals.length > 0 ? positionals : ["more-itertools@11.2.1", "boltons@26.2.0", "humanize@4.17.0"];
  let unexplained = 0;
  for (const name of names) {
    await withServices(1, async ({ sources, folder }) => {
      const { folder: snapshot } = await sources.fetch(`pypi:${name}`);
      const comparison = await comparePublicNames(snapshot);
      unexplained += comparison.unexplained.length;
      console.log(`\n${name}\n${textOf(comparison)}`);
      if (values.limit === "0") return;
      // A project of the user's, and no snapshot in a cache.
      await cp(snapshot, join(folder, "project"), { recursive: true });
      console.log(
        await generate(join(folder, "project"), [
          "--limit",
          values.limit,
          ...(values.model === undefined ? [] : ["--model", values.model]),
        ]),
      );
    });
  }
  process.exitCode = unexplained > 0 ? 1 : 0;
}

function textOf({ defined, found, leftOut, atRunTime, unexplained }: Comparison): string {
  const groups = (of: Comparison["leftOut"]) =>
    [...of].map(([reason, names]) => `    ${names.length} ${reason}: ${names.join(", ")}`);
  return [
    `  ${defined} public definitions by ast: ${found} found by extract, ${defined - found - unexplained.length} left ` +
      `out with a reason, ${unexplained.length} differences ` +
      `without one`,
    ...unexplained.map((each) => `    ${each}`),
    "  left out",
    ...groups(leftOut),
    "  otherwise at run time, by inspect",
    ...groups(atRunTime),
  ].join("\n");
}

/** The end of what the command prints. */
async function generate(project: string, args: readonly string[]): Promise<string> {
  const cwd = await mkdtemp(join(tmpdir(), "prove-packages-"));
  try {
    const { stdout, stderr, exitCode } = await execa(
      process.execPath,
      [join(packageRoot, "dist/pipeline/cli/main.js"), "generate", project, "--plain", ...args],
      { cwd, reject: false },
    );
    return `  generate, exit code ${exitCode}\n${`${stdout}\n${stderr}`
      .split("\n")
      .map((line) => `    ${line}`.trimEnd())
      .join("\n")
      .replace(/^[^]*?\n\n/u, "")
      .trimEnd()}`;
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

await main();
