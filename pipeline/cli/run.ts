import type { Command } from "commander";
import { outputsDir, type RunOptions } from "../engine/config/options.js";
import type { Pipeline } from "../engine/config/pipeline.js";
import { interruptible } from "./interrupt.js";
import { showPlan } from "./plan.js";
import { byteSize, type FileOptions, type PlaceOptions, withPlace, withSettings } from "./options.js";
import { parametersHelp, withFileParameters } from "./parameters.js";
import { placeOf, readPipeline } from "./planning.js";
import { runAndShow, type ViewOptions, wordsOf } from "./running.js";
import { watchPipeline } from "./watch.js";

interface Options
  extends FileOptions, PlaceOptions, ViewOptions, Pick<RunOptions, "from" | "until" | "only" | "fresh"> {
  readonly keepResults?: number;
  readonly dryRun?: boolean;
  readonly watch?: boolean;
}

/**
 * `pipeline run FILE`: runs what is not finished, and shows it.
 * @param args what stands behind the name: the file that they name may declare more options
 */
export default async function define(command: Command, args: readonly string[]): Promise<Command> {
  withPlace(withSettings(command.argument("<pipeline>", "a pipeline file, or the NAME of config/NAME.yaml")))
    .option("--from <step>", "run this step and what reads from it again, finished or not")
    .option("--until <step>", "stop after this step")
    .option("--only <step>", "run this step alone, finished or not")
    .option("--fresh", "ignore finished steps; what was remembered (answers of models, verdicts) is kept")
    .option(
      "--keep-results <size>",
      "how much of all steps' results is kept; what was not used for longest goes (10GB; PIPELINE_KEEP)",
      byteSize,
    )
    .option("-n, --dry-run", "show what would run, and run nothing")
    .option("-w, --watch", "run again whenever the pipeline file, or a file that it names, changes")
    .option("--plain", "one line a change, as without a terminal")
    .option("--json", "events as JSON lines")
    .addHelpText("after", parametersHelp);
  const parameters = await withFileParameters(command, args);
  return command.action(async (nameOrFile: string, written: Options) => {
    const options = { ...written, given: await parameters.given(), words: parameters.words() };
    if (options.dryRun === true) return await showPlan(nameOrFile, options);
    await interruptible(async (stop) => {
      const runNow = (signal: AbortSignal) => runOnce(nameOrFile, options, signal);
      if (options.watch === true) {
        const outputs = (pipeline: Pipeline) => outputsDir(placeOf(options), pipeline);
        await watchPipeline({ read: () => readPipeline(nameOrFile, options), run: runNow, outputs }, stop);
      } else await runNow(stop);
    });
  });
}

async function runOnce(
  nameOrFile: string,
  options: Options & { readonly words: readonly string[] },
  signal: AbortSignal,
): Promise<void> {
  const pipeline = await readPipeline(nameOrFile, options);
  const { from, until, only, fresh, keepResults } = options;
  const chosen = {
    ...(from !== undefined && { from }),
    ...(until !== undefined && { until }),
    ...(only !== undefined && { only }),
    ...(fresh !== undefined && { fresh }),
    ...(keepResults !== undefined && { keepBytes: keepResults }),
  };
  // Without what would begin all over again.
  const resume = [
    "pipeline",
    "run",
    nameOrFile,
    ...options.words,
    ...wordsOf(options),
    ...(until === undefined ? [] : ["--until", until]),
  ];
  await runAndShow(pipeline, { ...placeOf(options), ...chosen, signal }, options, resume);
}
