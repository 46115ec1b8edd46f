import type {
  ModelActivity,
  Notice,
  PipelineEvent,
  RunFinished,
  RunStarted,
  StepFinished,
  StepProgress,
  TrainingActivity,
  Transfer,
} from "../contract/events.js";
import { rate } from "./format.js";
import type { Clock } from "./reporter.js";

/** A step as the screen knows it. */
export interface StepState {
  readonly step: string;
  readonly from: readonly string[];
  /** What a user calls the records that come in and go out; "" for a step that reads nothing. */
  readonly reads: string;
  readonly writes: string;
  readonly status: "waiting" | "running" | "finished" | "stopped";
  readonly progress: StepProgress | null;
  readonly finished: StepFinished | null;
}

/** How fast a step gets on. */
export interface Pace {
  /** Units a second. */
  readonly rate: number;
  /** Seconds that are left; null where there is no telling. */
  readonly left: number | null;
}

/** Samples older than this do not count for the pace. Milliseconds. */
const window = 30_000;
/** A pace from less than this is a guess. Milliseconds. */
const leastSpan = 1_000;

/** An item that is in work for less is not worth a line. Seconds. */
const longInWork = 2;

/** What the events so far add up to: what reporters show. */
export class RunProgress {
  run: RunStarted | null = null;
  finished: RunFinished | null = null;
  /** Downloads that are not finished, by what they fetch. */
  readonly transfers = new Map<string, Transfer>();
  /** When each was first heard of, and how much was there. */
  readonly #begun = new Map<string, { readonly at: number; readonly done: number }>();
  readonly notices: Notice[] = [];
  /** Answers that are being written, by their numbers; the first is the one to show. */
  readonly answers = new Map<number, { readonly about: string; readonly text: string }>();
  /** The last word of the training that runs; null where none does. */
  training: TrainingActivity | null = null;
  #model: { readonly activity: ModelActivity; readonly at: number } | null = null;
  readonly #steps = new Map<string, StepState>();
  /** Those that a step has begun with, the first first. */
  readonly #items = new Map<string, { readonly about: string; readonly at: number }>();
  #samples: { readonly at: number; readonly done: number }[] = [];
  readonly #now: Clock;
  readonly #started: number;
  #ended: number | null = null;
  /** Told to pause: what has begun ends; then nothing is at work. */
  pause: "pausing" | "paused" | null = null;

  constructor(now: Clock) {
    this.#now = now;
    this.#started = now();
  }

  apply(event: PipelineEvent): void {
    switch (event.type) {
      case "run-started":
        this.run = event;
        for (const { step, from, reads, writes } of event.steps) {
          this.#steps.set(step, {
            step,
            from,
            reads: reads[0] ?? "",
            writes,
            status: "waiting",
            progress: null,
            finished: null,
          });
        }
        break;
      case "run-pausing":
        this.pause = "pausing";
        break;
      case "run-paused":
        this.pause = "paused";
        break;
      case "run-resumed":
        this.pause = null;
        // What was idle is no measure of the pace.
        this.#samples = [];
        break;
      case "reloaded":
        for (const { step, status } of this.steps) if (status === "running") this.#change(step, { status: "waiting" });
        break;
      case "step-started":
        this.#samples = [];
        this.#model = null;
        this.#items.clear();
        this.answers.clear();
        this.training = null;
        this.#change(event.step, { status: "running" });
        break;
      case "item-started":
        this.#items.set(event.item, { about: event.about, at: this.#now() });
        break;
      case "item-finished":
        this.#items.delete(event.item);
        break;
      case "retry":
        break;
      case "step-progress":
        this.#sample(event.done);
        this.#change(event.step, { progress: event });
        break;
      case "step-finished":
        this.#items.clear();
        this.#change(event.step, { status: "finished", finished: event });
        break;
      case "transfer":
        if (event.done === event.total) {
          this.transfers.delete(event.what);
          this.#begun.delete(event.what);
        } else {
          this.transfers.set(event.what, event);
          if (!this.#begun.has(event.what)) this.#begun.set(event.what, { at: this.#now(), done: event.done });
        }
        break;
      case "model":
        this.#model = { activity: event, at: this.#now() };
        break;
      case "model-text":
        if (event.done) this.answers.delete(event.answer);
        else
          this.answers.set(event.answer, {
            about: event.about,
            text: (this.answers.get(event.answer)?.text ?? "") + event.text,
          });
        break;
      case "training":
        this.training = event;
        break;
      case "notice":
        this.notices.push(event);
        break;
      case "run-finished":
        this.finished = event;
        this.#ended = this.#now();
        this.transfers.clear();
        for (const { step, status } of this.steps) if (status === "running") this.#change(step, { status: "stopped" });
        break;
    }
  }

  /** Seconds that a download takes on, at the pace that it had so far; null where nothing can be told. */
  secondsLeft({ what, done, total }: Transfer): number | null {
    const begun = this.#begun.get(what);
    const span = begun === undefined ? 0 : this.#now() - begun.at;
    if (begun === undefined || total === null || span < leastSpan || done <= begun.done) return null;
    return ((total - done) * span) / (done - begun.done) / 1000;
  }

  get steps(): readonly StepState[] {
    return [...this.#steps.values()];
  }

  get running(): StepState | undefined {
    return this.steps.find(({ status }) => status === "running");
  }

  /** Seconds since the run began. */
  get seconds(): number {
    return ((this.#ended ?? this.#now()) - this.#started) / 1000;
  }

  /** The item that is longest in work, once it takes its time; null where none does, or nobody tells of items. */
  get longestItem(): { readonly about: string; readonly seconds: number } | null {
    const [longest] = this.#items.values();
    const seconds = longest === undefined ? 0 : (this.#now() - longest.at) / 1000;
    return longest === undefined || seconds < longInWork ? null : { about: longest.about, seconds };
  }

  /** What the model does; null where it has not been heard of for some seconds. */
  get model(): ModelActivity | null {
    return this.#model !== null && this.#now() - this.#model.at < 5_000 ? this.#model.activity : null;
  }

  /** The running step's pace; null while there is too little to tell. */
  get pace(): Pace | null {
    const [first] = this.#samples;
    const progress = this.running?.progress;
    if (first === undefined || progress === undefined || progress === null) return null;
    const span = this.#now() - first.at;
    const done = progress.done - first.done;
    if (span < leastSpan || done <= 0) return null;
    const rate = done / (span / 1000);
    // A trainer knows better: its steps are not of one length, and what it installs, loads or did before a stop is none
    // of them.
    const told = this.training?.eta ?? null;
    return { rate, left: told ?? (progress.total > 0 ? Math.max(0, progress.total - progress.done) / rate : null) };
  }

  #change(step: string, change: Partial<StepState>): void {
    const state = this.#steps.get(step);
    if (state !== undefined) this.#steps.set(step, { ...state, ...change });
  }

  #sample(done: number): void {
    const at = this.#now();
    const last = this.#samples.at(-1);
    // What was done before the run came to it is no measure of its pace: the first sample is where counting begins.
    if (last === undefined || at - last.at >= 250) this.#samples.push({ at, done });
    while (this.#samples.length > 2 && at - (this.#samples[0]?.at ?? at) > window) this.#samples.shift();
  }
}

/**
 * How fast the running step is: tokens a second while a model is at work, else units a second; with the loss, of a
 * training. Empty while there is no telling.
 */
export function speed({ model, training, pace }: RunProgress): string[] {
  if (training !== null) {
    const { loss, tokensPerSecond } = training;
    return [
      ...(loss === null ? [] : [`loss ${loss.toFixed(3)}`]),
      ...(tokensPerSecond === null ? [] : [`${Math.round(tokensPerSecond)} tok/s`]),
    ];
  }
  if (model !== null) return [`${Math.round(model.tokensPerSecond)} tok/s`];
  return pace === null ? [] : [rate(pace.rate)];
}
