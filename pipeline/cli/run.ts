import type { Command } from "commander";
import { outputsDir, type RunOptions } from "../engine/options.js";
import type { Pipeline } from "../engine/pipeline.js";
import { run } from "../engine/run.js";
import { createJsonReporter } from "../reporters/json.js";
import { createPlainReporter } from "../reporters/plain.js";
import type { Reporter } from "../reporters/reporter.js";
import { providers } from "../toolkit.js";
import { interruptible } from "./interrupt.js";
import { showPlan } from "./plan.js";
import { type PlaceOptions, type SettingOptions, withPlace, withSettings } from "./options.js";
import { placeOf, readPipeline } from "./planning.js";
import { hasColour, isInteractive, print } from "./terminal.js";
import { watchPipeline } from "./watch.js";

interface Options extends SettingOptions, PlaceOptions, Pick<RunOptions, "from" | "until" | "only" | "fresh"> {
  readonly dryRun?: boolean;
  readonly watch?: boolean;
  readonly plain?: boolean;
  readonly json?: boolean;
}

export default function define(command: Command): Command {
  return withPlace(withSettings(command.argument("<pipeline>", "a pipeline file, or the NAME of config/NAME.yaml")))
    .option("--from <step>", "run this step and what reads from it again, finished or not")
    .option("--until <step>", "stop after this step")
    .option("--only <step>", "run this step alone, finished or not")
    .option("--fresh", "ignore finished steps; what was remembered (answers of models, verdicts) is kept")
    .option("--dry-run", "show what would run, and run nothing")
    .option("--watch", "run again whenever the pipeline file, or a file that it names, changes")
    .option("--plain", "one line a change, as without a terminal")
    .option("--json", "events as JSON lines")
    .action(async (nameOrFile: string, options: Options) => {
      if (options.dryRun === true) return await showPlan(nameOrFile, options);
      const stopping = interruptible();
      try {
        const runNow = (signal: AbortSignal) => runOnce(nameOrFile, options, signal);
        if (options.watch === true) {
          const outputs = (pipeline: Pipeline) => outputsDir(placeOf(options), pipeline);
          await watchPipeline({ read: () => readPipeline(nameOrFile, options), run: runNow, outputs }, stopping.signal);
        } else await runNow(stopping.signal);
      } finally {
        stopping.release();
      }
    });
}

async function runOnce(nameOrFile: string, options: Options, signal: AbortSignal): Promise<void> {
  const pipeline = await readPipeline(nameOrFile, options);
  const reporter = await chooseReporter(options, resumeCommand(nameOrFile, options));
  try {
    const { from, until, only, fresh } = options;
    const chosen = { ...(from !== undefined && { from }), ...(until !== undefined && { until }), ...(only !== undefined && { only }), ...(fresh !== undefined && { fresh }) };
    for await (const event of run(pipeline, { ...placeOf(options), ...chosen, signal }, providers)) reporter.report(event);
  } finally {
    await reporter.close();
  }
}

async function chooseReporter({ json, plain }: Options, resume: string): Promise<Reporter> {
  const now = () => performance.now();
  const view = { colour: hasColour(process.stdout), resume };
  if (json === true) return createJsonReporter(print);
  if (plain === true || !isInteractive(process.stdout)) return createPlainReporter(print, now, view);
  const { createDashboard } = await import("../reporters/dashboard.js");
  return createDashboard(process.stdout, now, view);
}

/** The same command, without what would begin all over again. */
function resumeCommand(nameOrFile: string, { set, sandbox, workers, until, plain, json }: Options): string {
  const words = [
    "pipeline", "run", nameOrFile, ...set.flatMap((assignment) => ["--set", assignment]),
    ...(sandbox === undefined ? [] : ["--sandbox", sandbox]), ...(workers === undefined ? [] : ["--workers", String(workers)]),
    ...(until === undefined ? [] : ["--until", until]), ...(plain === true ? ["--plain"] : []), ...(json === true ? ["--json"] : []),
  ];
  return words.map(quote).join(" ");
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/u.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
