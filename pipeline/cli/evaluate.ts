import { copyFile, mkdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Command } from "commander";
import { outputsDir } from "../engine/config/options.js";
import type { Pipeline } from "../engine/config/pipeline.js";
import { withModels } from "./evaluate/models.js";
import { secondsText } from "./evaluate/seconds.js";
import { evaluationTable, readReport, tokensOf } from "./evaluate/table.js";
import { findTestSplit, sourcesOf } from "./evaluate/held-out.js";
import { interruptible } from "./interrupt.js";
import { atLeastOne, type PlaceOptions, type SettingOptions, withPlace, withSettings } from "./options.js";
import { placeOf, readPipeline } from "./planning.js";
import { modelReference, sourceReference } from "./references.js";
import { runAndShow, type ViewOptions, wordsOf } from "./running.js";
import { without } from "./steps.js";
import { print } from "./terminal.js";

interface Options extends SettingOptions, PlaceOptions, ViewOptions {
  readonly source: readonly string[];
  readonly dataset?: string;
  readonly models?: string;
  readonly limit?: number;
  readonly out?: string;
}

const files = ["report.json", "report.html"];

export default function define(command: Command): Command {
  return withPlace(
    withSettings(command.argument("[pipeline]", "a pipeline file, or the NAME of config/NAME.yaml", "evaluate")),
  )
    .option(
      "--source <source>",
      "what the tests are for: a folder, pypi:NAME@VERSION, git:URL@COMMIT (repeatable); sets ingest.sources",
      (value: string, all: readonly string[]) => [...all, value],
      [],
    )
    .option(
      "--dataset <folder>",
      "an exported dataset, such as data/build-dataset: what its test split is about is what is tested; sets " +
        "benchmark.dataset, and ingest.sources unless --source does",
    )
    .option(
      "--models <list>",
      "whom to ask: names of the pipeline file, or references such as file:student.gguf, with commas between; each " +
        "is asked by the step that names it, or else by generate",
    )
    .option("--limit <number>", "most functions; sets benchmark.most", atLeastOne)
    .option("--out <folder>", "where to put report.json and report.html, beside the pipeline's outputs")
    .option("--plain", "one line a change, as without a terminal")
    .option("--json", "events as JSON lines")
    .action(evaluate);
}

async function evaluate(nameOrFile: string, options: Options): Promise<void> {
  const pipeline = await evaluatedPipeline(nameOrFile, options);
  const place = placeOf(options);
  const run = async (signal: AbortSignal) =>
    await runAndShow(pipeline, { ...place, signal }, options, resumeWords(nameOrFile, options));
  const { artifacts, steps, generated } = await interruptible(run);
  const report =
    artifacts.find(({ type, path }) => type === "report" && path.endsWith("report.json"))?.path ?? "report.json";
  const outputs = join(outputsDir(place, pipeline), dirname(report));
  if (options.out !== undefined) await copyReport(outputs, resolve(options.out));
  if (options.json === true) return;
  const shown = await readReport(join(outputs, "report.json"));
  const seconds = secondsText({ pipeline, steps, generated, tokens: tokensOf(shown) });
  print(`\n${evaluationTable(shown)}${seconds === "" ? "" : `\n\n${seconds}`}`);
}

/**
 * The pipeline file with what the command line says; with `--models`, each is asked by the step that is made for it.
 */
async function evaluatedPipeline(nameOrFile: string, options: Options): Promise<Pipeline> {
  const implied = await impliedSettings(options);
  const all = await readPipeline(nameOrFile, { set: [...implied, ...options.set] });
  if (options.models === undefined) return all;
  const { settings, without: idle } = withModels(
    all,
    options.models.split(",").map((name) => modelReference(name.trim())),
  );
  return idle.reduce(without, await readPipeline(nameOrFile, { set: [...implied, ...settings, ...options.set] }));
}

/** What the options of this command set in the pipeline file; `--set` is stronger. */
async function impliedSettings({ source, dataset, limit }: Options): Promise<string[]> {
  const heldOut = dataset === undefined ? undefined : await findTestSplit(dataset);
  const sources =
    source.length === 0 && heldOut !== undefined
      ? await sourcesOf(heldOut)
      : await Promise.all(source.map(sourceReference));
  return [
    ...(heldOut === undefined ? [] : [`benchmark.dataset=${JSON.stringify(heldOut)}`]),
    ...(sources.length === 0 ? [] : [`ingest.sources=${JSON.stringify(sources)}`]),
    ...(limit === undefined ? [] : [`benchmark.most=${limit}`]),
  ];
}

function resumeWords(nameOrFile: string, options: Options): string[] {
  const { source, dataset, models, limit, out } = options;
  return [
    "pipeline",
    "evaluate",
    ...(nameOrFile === "evaluate" ? [] : [nameOrFile]),
    ...source.flatMap((each) => ["--source", each]),
    ...(dataset === undefined ? [] : ["--dataset", dataset]),
    ...(models === undefined ? [] : ["--models", models]),
    ...(limit === undefined ? [] : ["--limit", String(limit)]),
    ...(out === undefined ? [] : ["--out", out]),
    ...wordsOf(options),
  ];
}

async function copyReport(outputs: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const file of files) await copyFile(join(outputs, file), join(folder, file));
}
