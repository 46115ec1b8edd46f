import type { RunOptions } from "../engine/config/options.js";
import type { Pipeline } from "../engine/config/pipeline.js";
import { type RunHandle, startRun } from "../engine/run/handle.js";
import type { PipelineEvent, RunFinished, StepFinished } from "../contract/events.js";
import { createJsonReporter } from "../reporters/json.js";
import { createPlainReporter } from "../reporters/plain.js";
import type { LiveReporter, Reporter } from "../reporters/reporter.js";
import type { SummaryView } from "../reporters/summary.js";
import { providers } from "../toolkit.js";
import { hasKeyboard, Keyboard } from "./keyboard.js";
import type { PlaceOptions, SettingOptions } from "./options.js";
import { RunKeys } from "./run-keys.js";
import { hasColour, isInteractive, print } from "./terminal.js";

/** How a run is shown: as lines, or as events; on a terminal live unless told. */
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

/**
 * Runs a pipeline to its end and shows it; on a terminal, keys steer it. Throws a PipelineError where the run does not
 * get to its end.
 * @param resume the command that goes on with it, as words
 */
export async function runAndShow(
  pipeline: Pipeline,
  options: RunOptions,
  view: ViewOptions & Pick<SummaryView, "quietWhenDone">,
  resume: readonly string[],
): Promise<Ran> {
  const command = resume.map(quote).join(" ");
  const { reporter, live } = await chooseReporter(view, command);
  const steps: StepFinished[] = [];
  const generated = new Map<string, number>();
  let artifacts: Ran["artifacts"] = [];
  const handle = startRun(pipeline, { ...options, command, items: live !== null }, providers);
  const keys = live === null ? null : takeKeys(handle, pipeline, live);
  let heardAll = false;
  try {
    for await (const event of handle.events) {
      reporter.report(event);
      keys?.heed(event);
      if (event.type === "step-finished") steps.push(event);
      if (event.type === "model") generated.set(event.model, event.generated);
      if (event.type === "run-finished") ({ artifacts } = event);
    }
    heardAll = true;
  } finally {
    keys?.close();
    if (!heardAll) await handle.stop();
    await reporter.close();
  }
  await handle.done;
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

interface Keys {
  heed(event: PipelineEvent): void;
  close(): void;
}

/** Lets the keys of the terminal steer a run. */
function takeKeys(handle: RunHandle, pipeline: Pipeline, live: LiveReporter): Keys {
  const say = (message: string) => live.report({ type: "notice", level: "info", message });
  const keys = new RunKeys(handle, pipeline, say);
  const keyboard = new Keyboard(process.stdin, {
    pressed: (key) => keys.press(key),
    suspended: () => live.hide(),
    resumed: () => live.show(),
  });
  return { heed: (event) => keys.heed(event), close: () => keyboard.close() };
}

/** Who shows the run; `live` where the terminal has keys that steer it. */
async function chooseReporter(
  { json, plain, quietWhenDone = false }: ViewOptions & Pick<SummaryView, "quietWhenDone">,
  resume: string,
): Promise<{ readonly reporter: Reporter; readonly live: LiveReporter | null }> {
  const now = () => performance.now();
  const view = { colour: hasColour(process.stdout), resume, quietWhenDone };
  if (json === true) return { reporter: createJsonReporter(print), live: null };
  if (plain === true || !isInteractive(process.stdout))
    return { reporter: createPlainReporter((text) => void process.stdout.write(text), now, view), live: null };
  const { createDashboard } = await import("../reporters/dashboard.js");
  const hasKeys = hasKeyboard(process.stdin);
  const reporter = createDashboard(process.stdout, now, { ...view, hasKeys });
  return { reporter, live: hasKeys ? reporter : null };
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/u.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
