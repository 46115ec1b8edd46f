import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { lines } from "../../pipeline/system/files/lines.js";
import { hashValue } from "../../pipeline/system/hash.js";
import { testFile } from "../../stages/python/lib/pytest-file.js";

interface Row {
  readonly id: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly package: string;
  readonly version: string;
  readonly preamble: string;
}

/**
 * Takes a sample of an exported dataset and runs its tests again without this toolkit: a fresh virtual environment
 * for each package, pytest and the package in the row's version from the index, and plain `pytest`.
 *
 *   node dist/scripts/prove/rerun.js [--data data/build-dataset] [--sample 100] [--seed 1]
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      data: { type: "string", default: "data/build-dataset" },
      sample: { type: "string", default: "100" },
      seed: { type: "string", default: "1" },
    },
  });
  const rows = await sample(join(resolve(values.data), "jsonl"), Number(values.sample), Number(values.seed));
  const packages = new Map<string, Row[]>();
  for (const row of rows)
    packages.set(`${row.package}==${row.version}`, [...(packages.get(`${row.package}==${row.version}`) ?? []), row]);

  const work = mkdtempSync(join(tmpdir(), "prove-rerun-"));
  let failed = 0;
  try {
    for (const [requirement, of] of packages) failed += await rerun(requirement, of, join(work, requirement));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  console.log(
    `${rows.length} rows of ${packages.size} packages: ` +
      (failed === 0 ? "every test passes in plain pytest" : `pytest failed for ${failed} packages`),
  );
  process.exitCode = failed === 0 && rows.length > 0 ? 0 : 1;
}

/** The rows with the smallest hash(seed, id): the same sample every time. */
async function sample(folder: string, size: number, seed: number): Promise<Row[]> {
  const rows: { key: string; row: Row }[] = [];
  for (const name of readdirSync(folder)) {
    for await (const line of lines(join(folder, name))) {
      const row = JSON.parse(line) as Row;
      rows.push({ key: hashValue([seed, row.id]), row });
    }
  }
  return rows
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    .slice(0, size)
    .map(({ row }) => row);
}

async function rerun(requirement: string, rows: readonly Row[], folder: string): Promise<0 | 1> {
  mkdirSync(join(folder, "tests"), { recursive: true });
  for (const { id, preamble, messages } of rows) {
    const answer = messages.findLast(({ role }) => role === "assistant")?.content ?? "";
    writeFileSync(join(folder, "tests", `test_${id}.py`), testFile(preamble, answer));
  }
  await execa("python3", ["-m", "venv", join(folder, "venv")]);
  const python = join(folder, "venv/bin/python");
  await execa(python, ["-m", "pip", "install", "--quiet", "pytest", requirement]);
  const { exitCode, stdout } = await execa(python, ["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"], {
    cwd: folder,
    reject: false,
  });
  const last = stdout.trim().split("\n").at(-1) ?? "";
  console.log(`${requirement}: ${rows.length} rows: ${last}`);
  if (exitCode !== 0) console.log(stdout);
  return exitCode === 0 ? 0 : 1;
}

await main();
