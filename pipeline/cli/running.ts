import type { RunOptions } from "../engine/config/options.js";
import type { Pipeline } from "../engine/config/pipeline.js";
import { run } from "../engine/run/run.js";
import type { RunFinished, StepFinished } from "../contract/events.js";
import { createJsonReporter } from "../reporters/json.js";
import { createPlainReporter } from "../reporters/plain.js";
import type { Reporter } from "../reporters/reporter.js";
import type { SummaryView } from "../reporters/summary.js";
import { providers } from "../toolkit.js";
import type { PlaceOptions, SettingOptions } from "./options.js";
import { hasColour, isInteractive, print } from "./terminal.js";

export interface ViewOptions {
  readonly plain?: boolean;
  readonly json?: boolean;
}

/** What a run came to. */
export interface Ran {
  readonly steps: readonly StepFinished[];
  readonly artifacts: RunFinished["artifacts"];
  /** Tokens that each model wrote, by its name in the pipeline file. */
  readonly generated: ReadonlyMap<string, number>;
}

/** Runs a pipeline to its end and shows it. `resume` is the command that goes on with it, as words. */
export async function runAndShow(
  pipeline: Pipeline,
  options: RunOptions,
  view: ViewOptions & Pick<SummaryView, "quietWhenDone">,
  resume: readonly string[],
): Promise<Ran> {
  const command = resume.map(quote).join(" ");
  const reporter = await chooseReporter(view, command);
  const steps: StepFinished[] = [];
  const generated = new Map<string, number>();
  let artifacts: Ran["artifacts"] = [];
  try {
    for await (const event of run(pipeline, { ...options, command }, providers)) {
      reporter.report(event);
      if (event.type === "step-finished") steps.push(event);
      if (event.type === "model") generated.set(event.model, event.generated);
      if (event.type === "run-finished") ({ artifacts } = event);
    }
  } finally {
    await reporter.close();
  }
  return { steps, artifacts, generated };
}

/** The options of a command line that a resumed run needs again, as words. */
export function wordsOf({
  set,
  sandbox,
  python,
  env = [],
  workers,
  acceptFailures,
  plain,
  json,
}: SettingOptions & Omit<PlaceOptions, "update"> & ViewOptions): string[] {
  return [
    ...set.flatMap((assignment) => ["--set", assignment]),
    ...(sandbox === undefined ? [] : ["--sandbox", sandbox]),
    ...(python === undefined ? [] : ["--python", python]),
    ...env.flatMap((assignment) => ["--env", assignment]),
    ...(workers === undefined ? [] : ["--workers", String(workers)]),
    ...(acceptFailures === true ? ["--accept-failures"] : []),
    ...(plain === true ? ["--plain"] : []),
    ...(json === true ? ["--json"] : []),
  ];
}

async function chooseReporter(
  { json, plain, quietWhenDone = false }: ViewOptions & Pick<SummaryView, "quietWhenDone">,
  resume: string,
): Promise<Reporter> {
  const now = () => performance.now();
  const view = { colour: hasColour(process.stdout), resume, quietWhenDone };
  if (json === true) return createJsonReporter(print);
  if (plain === true || !isInteractive(process.stdout))
    return createPlainReporter((text) => void process.stdout.write(text), now, view);
  const { createDashboard } = await import("../reporters/dashboard.js");
  return createDashboard(process.stdout, now, view);
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/u.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
