import type { PipelineEvent } from "../../contract/events.js";

/** What is told so often that only those hear it who listen when it happens. */
const passing: ReadonlySet<PipelineEvent["type"]> = new Set([
  "step-progress",
  "item-started",
  "item-finished",
  "transfer",
  "model",
  "model-text",
  "training",
]);

/**
 * The events of a run, for any number of listeners. Each hears every event from when it begins to listen; one that
 * comes late is first told what has happened, without what is only told in passing.
 */
export class EventLog implements AsyncIterable<PipelineEvent> {
  readonly #kept: PipelineEvent[] = [];
  readonly #listeners = new Set<Listener>();
  #ended = false;

  /** Tells all listeners. */
  emit(event: PipelineEvent): void {
    if (!passing.has(event.type)) this.#kept.push(event);
    for (const listener of this.#listeners) listener.hear(event);
  }

  /** Nothing is told after it. */
  end(): void {
    this.#ended = true;
    for (const listener of this.#listeners) listener.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<PipelineEvent, void> {
    const listener = new Listener(this.#kept);
    if (this.#ended) listener.end();
    this.#listeners.add(listener);
    try {
      yield* listener.heard();
    } finally {
      this.#listeners.delete(listener);
    }
  }
}

/** One who listens, at a pace of its own. */
class Listener {
  #waiting: PipelineEvent[];
  #ended = false;
  #wake = (): void => undefined;

  constructor(before: readonly PipelineEvent[]) {
    this.#waiting = [...before];
  }

  hear(event: PipelineEvent): void {
    this.#waiting.push(event);
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *heard(): AsyncGenerator<PipelineEvent, void> {
    for (;;) {
      const events = this.#waiting;
      this.#waiting = [];
      yield* events;
      if (this.#waiting.length > 0) continue;
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
