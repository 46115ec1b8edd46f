import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { shardSubject } from "../../../pipeline/contract/generated-file.js";
import { groupBy } from "../../../pipeline/system/group-by.js";
import { reason } from "../../../pipeline/contract/reasons.js";
import type { Example } from "../../../pipeline/contract/records.js";
import { PytestEvidence } from "../lib/evidence/pytest-evidence.js";
import type { Source } from "../../../pipeline/contract/kind.js";
import type { Context, Input } from "../../../pipeline/contract/stage.js";
import { roleOf } from "../../read/lib/place.js";
import { testFunctions, withoutTests } from "../lib/test-functions.js";
import { explained } from "./explain.js";
import { testFileNames } from "./file-names.js";
import type { Unit } from "./merge.js";

/** Tests of one function that go into a file together. */
export interface PlannedUnit extends Unit {
  readonly example: Example;
  readonly evidence: PytestEvidence;
  /** Whether these are the tests of the example that did not pass. */
  readonly isFailing: boolean;
}

/** A test file that is to be written. */
export interface PlannedFile {
  readonly name: string;
  /** What its tests are of, as its first line says it. */
  readonly subject: string;
  readonly source: Source;
  /** In the order of the source file. */
  readonly units: readonly PlannedUnit[];
}

/** What tests share a file: those of a source file, or those that a model was asked for together. */
export type FileUnit = "file" | "shard";

/** Which tests go into which file, in the order of the source files, or of the shards. */
export async function planFiles(
  tests: Input<Example>,
  written: Input<Example>,
  {
    keepFailing,
    by,
    explainValues,
  }: { readonly keepFailing: boolean; readonly by: FileUnit; readonly explainValues: boolean },
  context: Pick<Context, "drop" | "sourceTree">,
): Promise<PlannedFile[]> {
  const units: PlannedUnit[] = [];
  const passing = new Map<string, Example>();
  for await (const example of tests) {
    const response =
      explainValues && PytestEvidence.is(example.evidence)
        ? explained(example.response, example.evidence.expectations ?? [])
        : example.response;
    const unit = unitOf(example, response, false);
    if (unit === null)
      context.drop(example, reason("no-place", "no place: only pytest tests of one source file are written"));
    else if (by === "shard" && shardOf(unit) === null)
      context.drop(example, reason("no-shard", "no shard: no model was asked for it together with others"));
    else units.push(unit);
    for (const id of [example.id, ...example.from]) passing.set(id, example);
  }
  if (keepFailing) for await (const example of written) units.push(...failingUnit(example, passing.get(example.id)));

  const bySource = groupBy(units, ({ example: { source } }) => JSON.stringify([source?.ref, source?.version]));
  return (
    await Promise.all(
      [...bySource.values()].map(async (own) =>
        by === "file" ? await filesOf(own, context) : await filesOfShards(own, context),
      ),
    )
  ).flat();
}

function unitOf(example: Example, response: string, isFailing: boolean): PlannedUnit | null {
  const { evidence, source } = example;
  if (!PytestEvidence.is(evidence) || source?.path === undefined || testFunctions(response).length === 0) return null;
  return { example, evidence, preamble: evidence.preamble, response, isFailing };
}

/** The tests of an answer that are not among those that passed. */
function failingUnit(example: Example, passed: Example | undefined): PlannedUnit[] {
  const good = new Set(passed === undefined ? [] : testFunctions(passed.response).map(({ name }) => name));
  const response = good.size === 0 ? example.response : withoutTests(example.response, ({ name }) => good.has(name));
  const unit = response === null ? null : unitOf(example, response, true);
  return unit === null ? [] : [unit];
}

async function filesOf(units: readonly PlannedUnit[], context: Pick<Context, "sourceTree">): Promise<PlannedFile[]> {
  const source = units[0]?.example.source;
  if (source === null || source === undefined) return [];
  const { folder, name } = await context.sourceTree(source);
  const names = testFileNames(await pythonFiles(folder));
  return [...groupBy(units, pathOf)]
    .map(([path, own]) => ({
      name: names.get(path) ?? "",
      subject: `${name}: ${path}`,
      source,
      units: own.toSorted(inFileOrder),
    }))
    .toSorted((a, b) => (a.subject < b.subject ? -1 : 1));
}

/** A file a shard: test_unit_01.py. */
async function filesOfShards(
  units: readonly PlannedUnit[],
  context: Pick<Context, "sourceTree">,
): Promise<PlannedFile[]> {
  const source = units[0]?.example.source;
  if (source === null || source === undefined) return [];
  const { name } = await context.sourceTree(source);
  const shards = [...groupBy(units, (unit) => shardOf(unit)?.name ?? "")].flatMap(([, own]) => {
    const shard = own[0] === undefined ? null : shardOf(own[0]);
    return shard === null ? [] : [{ shard, own }];
  });
  return shards
    .toSorted((a, b) => b.shard.suite.localeCompare(a.shard.suite, "en") || a.shard.number - b.shard.number)
    .map(({ shard, own }) => ({
      name: `test_${shard.name}.py`,
      subject: shardSubject({ project: name, suite: shard.suite, paths: [...new Set(own.map(pathOf))].toSorted() }),
      source,
      units: own.toSorted((a, b) => comparePaths(pathOf(a), pathOf(b)) || inFileOrder(a, b)),
    }));
}

/** null where the tests were not asked for in a shard. */
function shardOf({
  example: {
    labels: { suite, shard },
  },
}: PlannedUnit): { readonly suite: string; readonly number: number; readonly name: string } | null {
  if (typeof suite !== "string" || typeof shard !== "number") return null;
  return { suite, number: shard, name: `${suite}_${String(shard).padStart(2, "0")}` };
}

function pathOf({ example: { source } }: PlannedUnit): string {
  return source?.path ?? "";
}

function comparePaths(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function inFileOrder(one: PlannedUnit, other: PlannedUnit): number {
  return firstLine(one) - firstLine(other) || Number(one.isFailing) - Number(other.isFailing);
}

function firstLine({ example: { source } }: PlannedUnit): number {
  return source?.lines?.[0] ?? 0;
}

/** POSIX paths of the Python files that are no tests. */
async function pythonFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".py"))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((path) => roleOf(path) === "code")
    .toSorted();
}
