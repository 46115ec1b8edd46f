import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { runChild } from "../../pipeline/system/child.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { downloadWheel } from "../../pipeline/system/python/pip.js";

const Recorded = z.record(z.string(), z.looseObject({ version: z.string() }));
type Recorded = z.infer<typeof Recorded>;

const recordedFile = join(packageRoot, "test/finetuning/tools/recorded.json");

/**
 * Reads from the tools' own packages what they take, and compares it with what the tests of the trainers go by. Runs
 * none of them.
 *
 *   node dist/scripts/prove/trainers.js              at the versions that are recorded
 *   node dist/scripts/prove/trainers.js --newest     at the newest: what has changed since
 *   node dist/scripts/prove/trainers.js --record     and keeps what it finds
 */
async function main(): Promise<void> {
  const {
    values: { newest, record },
  } = parseArgs({
    options: { newest: { type: "boolean", default: false }, record: { type: "boolean", default: false } },
  });
  const recorded = Recorded.parse(JSON.parse(readFileSync(recordedFile, "utf8")));
  const work = mkdtempSync(join(tmpdir(), "prove-trainers-"));
  try {
    for (const [name, { version }] of Object.entries(recorded)) {
      await unpack(newest ? name : `${name}==${version}`, join(work, name.replaceAll("-", "_")));
    }
    const { stdout } = await runChild("python3", [join(packageRoot, "scripts/prove/trainers/record.py"), work]);
    const found = Recorded.parse(JSON.parse(stdout));
    const changes = Object.entries(found).flatMap(([tool, facts]) => differences(recorded[tool] ?? {}, facts, tool));
    console.log(
      Object.entries(found)
        .map(([tool, { version }]) => `${tool} ${version}`)
        .join(", "),
    );
    console.log(changes.length === 0 ? "they take what the tests say that they take" : changes.join("\n"));
    if (record) writeFileSync(recordedFile, stdout.trimEnd() + "\n");
    else process.exitCode = changes.length === 0 ? 0 : 1;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function unpack(requirement: string, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const wheel = await downloadWheel(requirement, [], folder);
  await runChild("python3", ["-m", "zipfile", "-e", wheel, "."], { cwd: folder });
  rmSync(join(folder, wheel));
}

/** Where two values differ, a line each. */
function differences(before: unknown, after: unknown, path: string): string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (!isMapping(before) || !isMapping(after)) return [`${path}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .toSorted()
    .flatMap((key) => differences(before[key], after[key], `${path}.${key}`));
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

await main();
