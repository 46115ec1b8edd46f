import type { ItemFinished, Retry, StepFinished } from "../contract/events.js";
import { AnswerQueue } from "./answers.js";
import { clock, count, counted, duration, nounOf, percent, transferText } from "./format.js";
import { RunProgress, type StepState } from "./progress.js";
import type { Clock, Reporter, Write } from "./reporter.js";
import { doneOf, speed } from "./step-text.js";
import { summarise, type SummaryView } from "./summary.js";

/** Least time between two lines on the same step or download. Milliseconds. */
const quiet = 5_000;

/** One line a change, for logs and for terminals that cannot redraw. */
export function createPlainReporter(writeText: Write, now: Clock, view: SummaryView): Reporter {
  const progress = new RunProgress(now);
  const answers = new AnswerQueue();
  let isInLine = false;
  const write = (text: string) => {
    if (text !== "") writeText(isInLine ? `\n${text}` : text);
    isInLine = isInLine && text === "";
  };
  const writeAnswer = (text: string) => {
    if (text === "") return;
    writeText(text);
    isInLine = !text.endsWith("\n");
  };
  const lastTold = new Map<string, number>();
  const isDue = (what: string): boolean => {
    const due = now() - (lastTold.get(what) ?? -Infinity) >= quiet;
    if (due) lastTold.set(what, now());
    return due;
  };
  let width = 0;
  const line = (step: string, text: string) => write(`${step.padEnd(width)}  ${text}\n`);
  const stateOf = (step: string) => progress.steps.find((state) => state.step === step);

  return {
    report(event) {
      progress.apply(event);
      switch (event.type) {
        case "run-started":
          width = Math.max(...event.steps.map(({ step }) => step.length));
          write(`${event.pipeline}  run ${event.run}  seed ${event.seed}\n`);
          break;
        case "run-pausing":
          write("pausing: what has begun is finished\n");
          break;
        case "run-paused":
          write("paused\n");
          break;
        case "run-resumed":
          write("going on\n");
          break;
        case "reloaded":
          write(`read anew: ${event.file}, for ${event.steps.join(", ")}\n`);
          break;
        case "step-started":
          lastTold.set(event.step, now());
          line(event.step, "started");
          break;
        case "retry":
          line(event.step, retryText(event));
          break;
        case "item-finished":
          line(event.step, itemText(event));
          break;
        case "item-started":
          break;
        case "step-progress":
          if ((event.done < event.total || event.growing === true) && isDue(event.step))
            line(event.step, progressText(progress, event.step));
          break;
        case "step-finished":
          line(event.step, finishedText(event, stateOf(event.step)));
          break;
        case "transfer":
          if (event.done === event.total || isDue(event.what)) {
            write(`fetching ${event.what}: ${transferText(event, progress.secondsLeft(event))}\n`);
          }
          break;
        case "notice":
          write(event.level === "warning" ? `warning: ${event.message}\n` : `${event.message}\n`);
          break;
        case "run-finished":
          write(
            summarise(progress, view)
              .map((text) => `${text}\n`)
              .join(""),
          );
          break;
        case "model-text":
          writeAnswer(answers.take(event));
          break;
        case "model":
        case "training":
          break;
      }
    },
    close: async () => undefined,
  };
}

function retryText({ items, attempt, of, seconds, reason }: Retry): string {
  return `${count(items)} failed (${reason.text}): try ${attempt} of ${of} in ${duration(seconds)}`;
}

function itemText({ about, outcome, reason, seconds }: ItemFinished): string {
  return `${about}: ${outcome}${reason === undefined ? "" : ` (${reason.text})`}  ${duration(seconds)}`;
}

function progressText(progress: RunProgress, step: string): string {
  const state = progress.steps.find((each) => each.step === step);
  if (state === undefined) return "";
  const left = progress.paceOf(state)?.left ?? null;
  const { done = 0, total = 0, growing = false, out = 0, dropped = 0 } = state.progress ?? {};
  return [
    `${doneOf(state)}${growing ? "" : ` (${percent(done, total)})`}`,
    `${count(out)} out`,
    ...(dropped > 0 ? [`${count(dropped)} dropped`] : []),
    ...speed(progress, state),
    ...(left === null ? [] : [`ETA ${clock(left)}`]),
  ].join("  ");
}

function finishedText(event: StepFinished, state: StepState | undefined): string {
  const { cached, seconds } = event;
  return [cached ? "finished before" : `done in ${duration(seconds)}`, countsText(event, state)].join(": ");
}

function countsText(
  { in: taken, out, dropped, failed, skipped, rejectedParts, refused }: StepFinished,
  state: StepState | undefined,
): string {
  const kept = counted(out, nounOf(state?.writes ?? "record"));
  const others = [
    [dropped, "dropped"],
    [failed, "failed"],
    [skipped, "skipped"],
    [rejectedParts, "parts rejected"],
    [refused, "refused"],
  ] as const;
  const left = others.filter(([number]) => number > 0).map(([number, what]) => `${count(number)} ${what}`);
  return [
    state?.reads === "" ? kept : `${counted(taken, nounOf(state?.reads ?? "record"))} in, ${kept} out`,
    ...left,
  ].join(", ");
}
