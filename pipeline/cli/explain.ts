import type { Command } from "commander";
import { explainMiss, type Lineage, type Miss, traceRecord } from "../engine/plan/explain.js";
import { sortChanges, wordsOf } from "../engine/plan/changes.js";
import { resultsOfStep } from "../engine/state/pipeline-results.js";
import { PipelineError } from "../system/errors.js";
import type { AnyRecord } from "../contract/kind.js";
import { Artifact, SourceFile } from "../contract/records.js";
import { Score, Shard, Target } from "../../stages/records.js";
import { newestResult, newestResults, withStore } from "./results.js";
import { type SettingOptions, withSettings } from "./options.js";
import { placeOf, readPipeline, withPlan } from "./planning.js";
import { table } from "./table.js";
import { print, printJson } from "./terminal.js";

interface Options extends SettingOptions {
  readonly miss?: string;
  readonly pipeline?: string;
  readonly json?: boolean;
}

/** `pipeline explain ID` follows a record through the steps; `--miss STEP` says why a step ran, or would run, again. */
export default function define(command: Command): Command {
  return withSettings(
    command.argument("[id]", "id of a record, or the beginning of one: where it comes from, and what became of it"),
  )
    .option("--miss <step>", "say why a step ran again")
    .option("--pipeline <pipeline>", "with --miss: why a step of this pipeline would run, as its file stands now")
    .option("--json", "print JSON")
    .action(async (id: string | undefined, options: Options) => {
      if ((id === undefined) === (options.miss === undefined)) {
        throw new PipelineError("nothing to explain: expected either the id of a record or --miss STEP", {
          code: "usage",
          hint: "ids stand in `pipeline inspect STEP`; steps in `pipeline status`",
        });
      }
      if (id !== undefined) await explainRecord(id, options);
      else if (options.miss !== undefined) await explainStep(options.miss, options);
    });
}

async function explainRecord(id: string, { json }: Options): Promise<void> {
  const lineage = await findLineage(id);
  if (json === true) return printJson(lineage);
  const {
    record: { step, record },
    ancestors,
    descendants,
    left,
  } = lineage;
  print(`${record.id}  ${record.kind}, put out by step ${step}`);
  if (record.source !== null) print(`  ${record.source.ref}  ${place(record)}  ${record.source.licence}`);
  const section = (title: string, rows: string[][]) => {
    if (rows.length > 0) print(`\n${title}\n${table(rows, { indent: "  " })}`);
  };
  const rowOf = (each: Lineage["record"]) => [
    each.step,
    each.record.kind,
    each.record.id.slice(0, 12),
    describe(each.record),
  ];
  section("made from", ancestors.map(rowOf));
  section("what became of it", descendants.map(rowOf));
  section(
    "left out",
    left.map(({ step: where, entry: { type, code, reason } }) => [where, type, code, reason]),
  );
  if (descendants.length + left.length === 0) print("\nNo later step has taken it up.");
}

async function findLineage(id: string): Promise<Lineage> {
  for (const { manifests } of await newestResults()) {
    const lineage = await traceRecord(id, manifests);
    if (lineage !== undefined) return lineage;
  }
  throw new PipelineError(`no record "${id}" in the results of this folder`, {
    code: "usage",
    hint: "ids stand in `pipeline inspect STEP`; the beginning of one is enough",
  });
}

function describe(record: AnyRecord): string {
  if (Target.is(record)) return `${record.module}.${record.qualifiedName}`;
  if (Shard.is(record)) return `${record.suite} ${record.number}, ${record.targets.length} targets`;
  if (Artifact.is(record)) return record.path;
  if (Score.is(record)) return `${record.target} by ${record.model}`;
  if (SourceFile.is(record)) return place(record);
  return record.source === null ? "" : `${record.source.name} ${place(record)}`;
}

function place({ source }: AnyRecord): string {
  const lines = source?.lines === undefined ? "" : `:${source.lines.join("-")}`;
  return `${source?.path ?? ""}${lines}${source?.row === undefined ? "" : ` row ${source.row}`}`;
}

async function explainStep(step: string, options: Options): Promise<void> {
  const miss =
    options.pipeline === undefined && options.set.length === 0
      ? await missOfRun(step)
      : await missOfPlan(step, options);
  if (options.json === true) return printJson(miss);
  print(missText(miss).join("\n"));
}

/** Why the newest result of the step is another than the one before it. */
async function missOfRun(step: string): Promise<Miss> {
  const { manifest, pipeline } = await newestResult(step);
  return await withStore(async (store, stateDir) =>
    explainMiss(
      {
        step: { id: step, stage: manifest.stage },
        manifest,
        fingerprint: manifest.fingerprint,
        parts: manifest.parts,
        resolved: manifest,
      },
      await resultsOfStep({ pipeline, step, stateDir }, store),
    ),
  );
}

/** Why the step would run as the pipeline file stands. */
async function missOfPlan(step: string, options: Options): Promise<Miss> {
  const [latest] = options.pipeline === undefined ? await newestResults() : [];
  const pipeline = await readPipeline(options.pipeline ?? latest?.run.file ?? "", options);
  return await withPlan(
    pipeline,
    placeOf({}),
    () => undefined,
    async ({ steps }, { context: { stateDir }, store }) => {
      const planned = steps.find((candidate) => candidate.step.id === step);
      if (planned === undefined)
        throw new PipelineError(`no step "${step}" in ${pipeline.name}`, {
          code: "usage",
          hint: `its steps are: ${steps.map((candidate) => candidate.step.id).join(", ")}`,
        });
      return explainMiss(
        { ...planned, step: { id: step, stage: planned.step.stage.name } },
        await resultsOfStep({ pipeline: pipeline.name, step, stateDir }, store),
      );
    },
  );
}

function missText({ step, stage, finished, changed, unchanged }: Miss): string[] {
  if (changed === null)
    return [`${step} ${finished ? "ran" : "will run"} for the first time: there is no earlier result to compare with`];
  const { isOlder, files, packages, others } = sortChanges(changed);
  const rows = [
    ...(isOlder ? [["an older version of pipeline made its result", "and noted less of what decides it"]] : []),
    ...underOneName(`the code of stage ${stage} changed`, files),
    ...underOneName(
      "packages have other versions",
      packages.map(({ name, before, after }) => `${name} ${before} → ${after}`),
    ),
    ...others.flatMap(({ path, before, after, lines }) => {
      return underOneName(nameOf(path), lines.length > 0 ? lines : [`${shown(before)} → ${shown(after)}`]);
    }),
  ];
  return [
    (
      `${step} ${finished ? "ran again" : "would run again"} because ` +
      (rows.length === 0 ? "it was told to: nothing that it depends on changed" : "")
    ).trimEnd(),
    ...(rows.length === 0 ? [] : [table(rows, { indent: "  " })]),
    ...(unchanged.length > 0 ? [`unchanged: ${unchanged.join(", ")}`] : []),
  ];
}

function underOneName(name: string, lines: readonly string[]): string[][] {
  return lines.map((line, at) => [at === 0 ? name : "", line]);
}

function nameOf(path: string): string {
  if (/^inputs\b/u.test(path)) return "an input is another";
  return wordsOf(path).replace(/^references\.(.+)\.sha256$/u, "what $1 names changed");
}

function shown(value: unknown): string {
  const text = value === undefined ? "none" : JSON.stringify(value);
  const short = text.replaceAll(/\b([0-9a-f]{8})[0-9a-f]{56}\b/gu, "$1…");
  return short.length > 60 ? `${short.slice(0, 59)}…` : short;
}
