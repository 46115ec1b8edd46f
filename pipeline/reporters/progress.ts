import type {
  ModelActivity,
  ModelText,
  Notice,
  PipelineEvent,
  RunFinished,
  RunStarted,
  StepFinished,
  StepProgress,
  TrainingActivity,
  Transfer,
} from "../contract/events.js";
import type { Clock } from "./reporter.js";

/** A step as the screen knows it. */
export interface StepState {
  readonly step: string;
  readonly from: readonly string[];
  /** Names of the models that it asks. */
  readonly models: readonly string[];
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
/** What a model said longer ago says nothing of now. Milliseconds. */
const heardOf = 5_000;

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
  /** Answers that are being written, by their steps and numbers; the first is the one to show. */
  readonly answers = new Map<string, { readonly step: string; readonly about: string; readonly text: string }>();
  /** The last word of the training that runs; null where none does. */
  training: TrainingActivity | null = null;
  /** The last word of each model. */
  readonly #models = new Map<string, { readonly activity: ModelActivity; readonly at: number }>();
  readonly #steps = new Map<string, StepState>();
  /** Those that steps have begun with, the first first. */
  readonly #items = new Map<string, { readonly step: string; readonly about: string; readonly at: number }>();
  /** How far each step was, and when. */
  readonly #samples = new Map<string, { readonly at: number; readonly done: number }[]>();
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
        for (const { step, from, models, reads, writes } of event.steps) {
          this.#steps.set(step, {
            step,
            from,
            models,
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
        this.#samples.clear();
        break;
      case "reloaded":
        this.#forgetReaders(event.steps);
        break;
      case "step-started":
        this.#forget(event.step);
        this.training = null;
        this.#change(event.step, { status: "running", progress: null });
        break;
      case "item-started":
        this.#items.set(keyOf(event.step, event.item), { step: event.step, about: event.about, at: this.#now() });
        break;
      case "item-finished":
        this.#items.delete(keyOf(event.step, event.item));
        break;
      case "retry":
        break;
      case "step-progress":
        this.#sample(event.step, event.done);
        this.#change(event.step, { progress: event });
        break;
      case "step-finished":
        this.#forget(event.step);
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
        this.#models.set(event.model, { activity: event, at: this.#now() });
        break;
      case "model-text":
        this.#takeText(event);
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

  /** Those that are under way, in the order of the file. */
  get running(): readonly StepState[] {
    return this.steps.filter(({ status }) => status === "running");
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

  /** What models do, without those that have not been heard of for some seconds. */
  get models(): readonly ModelActivity[] {
    return [...this.#models.values()].filter(({ at }) => this.#now() - at < heardOf).map(({ activity }) => activity);
  }

  /** The pace of a step that is under way; null while there is too little to tell. */
  paceOf(state: StepState): Pace | null {
    const { step, progress } = state;
    const [first] = this.#samples.get(step) ?? [];
    if (first === undefined || progress === null) return null;
    const span = this.#now() - first.at;
    const done = progress.done - first.done;
    if (span < leastSpan || done <= 0) return null;
    const rate = done / (span / 1000);
    // A trainer knows better: its steps are not of one length, and what it installs, loads or did before a stop is none
    // of them.
    return { rate, left: this.training?.eta ?? this.#left(state, rate) };
  }

  /** How much a step will have to do in all, as far as can be told; null where nothing can. */
  expectedOf({ from, progress }: StepState): number | null {
    if (progress?.growing !== true) return progress?.total ?? null;
    const shares = this.#feeding(from).map((state) => {
      const expected = this.expectedOf(state);
      return expected === null || expected === 0 ? 0 : (state.progress?.done ?? 0) / expected;
    });
    const least = Math.min(1, ...shares);
    return least === 0 ? null : Math.max(progress.total, progress.total / least);
  }

  /** Seconds that are left of a step: what feeds it has to end first. */
  #left(state: StepState, rate: number): number | null {
    const expected = this.expectedOf(state);
    if (expected === null || expected === 0) return null;
    const own = Math.max(0, expected - (state.progress?.done ?? 0)) / rate;
    if (state.progress?.growing !== true) return own;
    const before = this.#feeding(state.from).map((each) => this.paceOf(each)?.left ?? null);
    return before.includes(null) ? null : Math.max(own, ...before.map(Number));
  }

  #feeding(from: readonly string[]): readonly StepState[] {
    return this.running.filter(({ step }) => from.includes(step));
  }

  #change(step: string, change: Partial<StepState>): void {
    const state = this.#steps.get(step);
    if (state !== undefined) this.#steps.set(step, { ...state, ...change });
  }

  /** What was told of a step that has ended, or begins anew, is over. */
  #forget(id: string): void {
    this.#samples.delete(id);
    for (const told of [this.#items, this.answers])
      for (const [key, { step }] of told) if (step === id) told.delete(key);
    const { models = [] } = this.#steps.get(id) ?? {};
    const asked = new Set(this.running.filter(({ step }) => step !== id).flatMap((state) => state.models));
    for (const model of models) if (!asked.has(model)) this.#models.delete(model);
  }

  /** These steps wait, and those that read from them, directly or not. */
  #forgetReaders(ids: readonly string[]): void {
    const found = new Set(ids);
    for (const { step, from, status } of this.steps) {
      if (from.some((read) => found.has(read))) found.add(step);
      if (status === "running" && found.has(step)) this.#change(step, { status: "waiting" });
    }
  }

  #takeText({ step, answer, about, text, done }: ModelText): void {
    const key = keyOf(step, String(answer));
    if (done) this.answers.delete(key);
    else this.answers.set(key, { step, about, text: (this.answers.get(key)?.text ?? "") + text });
  }

  #sample(step: string, done: number): void {
    const at = this.#now();
    const samples = this.#samples.get(step) ?? [];
    this.#samples.set(step, samples);
    const last = samples.at(-1);
    // What was done before the run came to it is no measure of its pace: the first sample is where counting begins.
    if (last === undefined || at - last.at >= 250) samples.push({ at, done });
    while (samples.length > 2 && at - (samples[0]?.at ?? at) > window) samples.shift();
  }
}

function keyOf(step: string, id: string): string {
  return `${step} ${id}`;
}
