import type { PipelineEvent } from "../contract/events.js";

/** Shows a run while it happens. It is told everything by events, and asks nothing. */
export interface Reporter {
  report(event: PipelineEvent): void;
  /** Ends the display; what is written after it does not disturb it. */
  close(): Promise<void>;
}

/** Milliseconds since some fixed moment. */
export type Clock = () => number;
/** Takes what a reporter shows: a part of a line, or lines with their ends. */
export type Write = (text: string) => void;
