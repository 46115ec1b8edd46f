import type { PipelineEvent } from "../contract/events.js";

/** Shows a run while it happens. It is told everything by events, and asks nothing. */
export interface Reporter {
  report(event: PipelineEvent): void;
  /** Ends the display; what is written after it does not disturb it. */
  close(): Promise<void>;
}

/** One that redraws a picture in place. */
export interface LiveReporter extends Reporter {
  /** Takes the picture away, before the terminal is someone else's for a while. */
  hide(): void;
  /** Draws it again. */
  show(): void;
}

/** Milliseconds since some fixed moment. */
export type Clock = () => number;
/** Takes what a reporter shows: a part of a line, or lines with their ends. */
export type Write = (text: string) => void;
