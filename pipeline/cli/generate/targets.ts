import { outputFiles } from "../../engine/state/manifest.js";
import type { RunOptions } from "../../engine/config/options.js";
import type { Pipeline, Step } from "../../engine/config/pipeline.js";
import { run } from "../../engine/run/run.js";
import { PipelineError } from "../../system/errors.js";
import { readRecordFiles } from "../../partition/record-file.js";
import type { AnyRecord } from "../../contract/kind.js";
import type { Shard, Target } from "../../../stages/records.js";
import { count, counted } from "../../reporters/format.js";
import { providers } from "../../toolkit.js";
import { leftRoutes, leftRoutesText, type LeftRoutes } from "./routes.js";
import { isByShard } from "./pipeline.js";
import { shownTarget } from "./report.js";
import { type TokenCounter, withTokens } from "./tokens.js";
import { withPlan } from "../planning.js";
import { askingSteps } from "../steps.js";
import { table } from "../table.js";
import { print, printJson } from "../terminal.js";

/** Targets that share a test file. */
interface ShownShard {
  readonly kind: Shard["suite"];
  /** Ids. */
  readonly targets: readonly string[];
  readonly files: readonly string[];
  /** Of a shard, those of its question; of a file, those of its targets' code. */
  readonly tokens: number;
}

/**
 * Lists what would get tests: runs the pipeline as far as its targets, or shards, are known, and asks no model for
 * tests.
 */
export async function showTargets(
  pipeline: Pipeline,
  options: RunOptions,
  { json = false }: { readonly json?: boolean },
): Promise<void> {
  await withTokens(pipeline, options, async (counter) => {
    const isSharded = isByShard(pipeline);
    const { targets, shards, left } = isSharded
      ? await plannedShards(pipeline, options, counter)
      : await plannedFiles(pipeline, options, counter);
    if (json) return printJson({ targets: targets.map(shownTarget), shards, leftRoutes: left });
    print(isSharded ? shardTable(shards) : targetTable(targets));
    const tokens = shards.reduce((sum, shard) => sum + shard.tokens, 0);
    const amount =
      counter.model === null
        ? `about ${counted(tokens, "token")}, estimated: the model is not here`
        : `${counted(tokens, "token")} by the tokenizer of ${counter.model}`;
    print(
      `\n${counted(targets.length, "target")} in ` +
        (isSharded
          ? counted(shards.length, "shard")
          : counted(new Set(shards.flatMap(({ files }) => files)).size, "file")) +
        `; ${isSharded ? "the questions have" : "the code has"} ${amount}. No model was asked.`,
    );
    for (const line of leftRoutesText(left)) print(line);
  });
}

interface Planned {
  readonly targets: readonly Target[];
  readonly shards: readonly ShownShard[];
  readonly left: readonly LeftRoutes[];
}

/** One test file a source file and kind, in the order of the targets. */
async function plannedFiles(pipeline: Pipeline, options: RunOptions, counter: TokenCounter): Promise<Planned> {
  const [asking] = askingSteps(pipeline);
  const finders = (asking?.from.get("") ?? [])
    .map((id) => pipeline.steps.find((step) => step.id === id))
    .filter((step) => step?.stage.writes.name === "Target");
  if (finders.length === 0)
    throw new PipelineError(`the pipeline ${pipeline.file} finds no targets`, {
      code: "config",
      hint: "it needs a step that finds them, which a step that asks a model for tests reads from",
    });
  const { records: targets, left } = await recordsOf<Target>(
    pipeline,
    finders.filter((step) => step !== undefined),
    options,
  );
  const tokens = await counter.count(targets.map(({ promptCode }) => promptCode));
  const groups = new Map<string, { kind: Shard["suite"]; targets: string[]; files: string[]; tokens: number }>();
  for (const [index, target] of targets.entries()) {
    const [kind, path] = [
      target.targetKind === "route" ? ("e2e" as const) : ("unit" as const),
      target.source?.path ?? "",
    ];
    const group = groups.get(`${kind} ${path}`) ?? { kind, targets: [], files: [path], tokens: 0 };
    group.targets.push(target.id);
    group.tokens += tokens[index] ?? 0;
    groups.set(`${kind} ${path}`, group);
  }
  return { targets, shards: [...groups.values()], left };
}

/** The shards as they will be asked about; with estimated tokens where the model is not here. */
async function plannedShards(pipeline: Pipeline, options: RunOptions, { model }: TokenCounter): Promise<Planned> {
  const steps = pipeline.steps.map((step) =>
    step.stage.writes.name === "Shard" && model === null ? withoutModel(step) : step,
  );
  const { records: shards, left } = await recordsOf<Shard>(
    { ...pipeline, steps },
    steps.filter(({ stage }) => stage.writes.name === "Shard"),
    options,
  );
  const ordered = shards.toSorted((a, b) => (a.suite === b.suite ? a.number - b.number : a.suite === "unit" ? -1 : 1));
  return {
    targets: ordered.flatMap(({ targets }) => targets),
    shards: ordered.map(({ suite, targets, files, tokens }) => ({
      kind: suite,
      targets: targets.map(({ id }) => id),
      files: files.map(({ path }) => path),
      tokens,
    })),
    left,
  };
}

function withoutModel({ options: { model: _model, ...options }, ...step }: Step): Step {
  return { ...step, options };
}

interface RecordsOf<R> {
  readonly records: readonly R[];
  readonly left: readonly LeftRoutes[];
}

/**
 * What these steps put out, and the routes that were left out on the way: they are run, with all that comes before the
 * last of them.
 */
async function recordsOf<R extends AnyRecord>(
  pipeline: Pipeline,
  wanted: readonly Step[],
  options: RunOptions,
): Promise<RecordsOf<R>> {
  const last = Math.max(...wanted.map(({ id }) => pipeline.steps.findIndex((step) => step.id === id)));
  const part: Pipeline = { ...pipeline, steps: pipeline.steps.slice(0, last + 1) };
  for await (const event of run(part, options, providers)) {
    if (event.type === "notice" && event.level === "warning") process.stderr.write(`warning: ${event.message}\n`);
  }
  return await withPlan(
    part,
    options,
    () => undefined,
    async ({ steps }) => {
      const records: R[] = [];
      for (const { id } of wanted) {
        const manifest = steps.find(({ step }) => step.id === id)?.manifest;
        if (manifest) for await (const record of readRecordFiles<R>(outputFiles(manifest))) records.push(record);
      }
      return { records, left: await leftRoutes(steps.flatMap(({ manifest }) => manifest ?? [])) };
    },
  );
}

function targetTable(targets: readonly Target[]): string {
  return table([
    ["", "kind", "name", "place"],
    ...targets.map(shownTarget).map(({ kind, name, file, line }) => ["", kind, name, `${file}:${line}`]),
  ]);
}

/** Most files of a shard that are named. */
const mostFiles = 3;

function shardTable(shards: readonly ShownShard[]): string {
  const numbers = { unit: 0, e2e: 0 };
  const rows = shards.map(({ kind, targets, files, tokens }) => {
    numbers[kind] += 1;
    const named = [
      ...files.slice(0, mostFiles),
      ...(files.length > mostFiles ? [`and ${files.length - mostFiles} more`] : []),
    ].join(", ");
    return ["", `${kind} ${numbers[kind]}`, count(targets.length), count(tokens), named];
  });
  return table([["", "shard", "targets", "tokens", "files"], ...rows], { right: [2, 3] });
}
