import type { RunOptions } from "../engine/options.js";
import { outputFiles } from "../engine/manifest.js";
import type { Pipeline } from "../engine/pipeline.js";
import { run } from "../engine/run.js";
import { PipelineError } from "../errors.js";
import { readRecordFiles } from "../executors/record-file.js";
import type { Target } from "../records.js";
import { counted } from "../reporters/format.js";
import { providers } from "../toolkit.js";
import { withPlan } from "./planning.js";
import { table } from "./table.js";
import { print, printJson } from "./terminal.js";

/** Something that would get tests. */
interface ShownTarget {
  readonly id: string;
  readonly kind: Target["targetKind"];
  /** Dotted name inside the module. */
  readonly name: string;
  readonly file: string;
  readonly line: number;
}

/** Targets that share a test file. */
interface Shard {
  readonly kind: "unit";
  /** Ids. */
  readonly targets: readonly string[];
  readonly files: readonly string[];
  /** About how many tokens the targets' code is; exact figures need a model, and none is asked. */
  readonly tokens: number;
}

/** Lists what would get tests: runs the pipeline as far as its targets are known, and asks no model. */
export async function showTargets(pipeline: Pipeline, options: RunOptions, { json = false }: { readonly json?: boolean }): Promise<void> {
  const targets = await findTargets(pipeline, options);
  const shown = targets.map(({ id, targetKind, qualifiedName, source }): ShownTarget => ({
    id, kind: targetKind, name: qualifiedName, file: source?.path ?? "", line: source?.lines?.[0] ?? 1,
  }));
  const shards = shardsOf(targets);
  if (json) return printJson({ targets: shown, shards });
  print(table([["", "kind", "name", "place"], ...shown.map(({ kind, name, file, line }) => ["", kind, name, `${file}:${line}`])]));
  print(`\n${counted(targets.length, "target")} in ${counted(shards.length, "file")}; the code is about ${counted(shards.reduce((sum, { tokens }) => sum + tokens, 0), "token")}. No model was asked.`);
}

async function findTargets(pipeline: Pipeline, options: RunOptions): Promise<Target[]> {
  const last = pipeline.steps.findIndex(({ stage }) => stage.writes.name === "Target");
  if (last === -1) throw new PipelineError(`the pipeline ${pipeline.file} finds no targets`, { code: "config", hint: "it needs a step of the stage extract" });
  const part: Pipeline = { ...pipeline, steps: pipeline.steps.slice(0, last + 1) };
  for await (const event of run(part, options, providers)) {
    if (event.type === "notice" && event.level === "warning") process.stderr.write(`warning: ${event.message}\n`);
  }
  return await withPlan(part, options, () => undefined, async ({ steps }) => {
    const manifest = steps.at(-1)?.manifest;
    const targets: Target[] = [];
    if (manifest) for await (const target of readRecordFiles<Target>(outputFiles(manifest))) targets.push(target);
    return targets;
  });
}

/** One shard a file, in the order of the files. */
function shardsOf(targets: readonly Target[]): Shard[] {
  const files = [...new Set(targets.map(({ source }) => source?.path ?? ""))];
  return files.map((file) => {
    const own = targets.filter(({ source }) => source?.path === file);
    return { kind: "unit", targets: own.map(({ id }) => id), files: [file], tokens: own.reduce((sum, { promptCode }) => sum + Math.ceil(promptCode.length / charactersPerToken), 0) };
  });
}

/** Of Python code, by the tokenizers of common models: between 3 and 4. */
const charactersPerToken = 3.5;
