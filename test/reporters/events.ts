import type { PipelineEvent, RunStarted, StepFinished } from "../../pipeline/contract/events.js";

/** A clock that is set by hand. Milliseconds. */
export function handClock(): { readonly now: () => number; pass(seconds: number): void } {
  let time = 0;
  return {
    now: () => time,
    pass: (seconds) => {
      time += seconds * 1000;
    },
  };
}

const steps: RunStarted["steps"] = [
  {
    step: "ingest",
    stage: "ingest",
    summary: "",
    cached: false,
    from: [],
    models: [],
    reads: [],
    writes: "SourceFile",
  },
  {
    step: "generate",
    stage: "generate",
    summary: "",
    cached: false,
    from: ["ingest"],
    models: ["teacher"],
    reads: ["SourceFile"],
    writes: "Example",
  },
  {
    step: "verify",
    stage: "verify",
    summary: "",
    cached: false,
    from: ["generate"],
    models: [],
    reads: ["Example"],
    writes: "Example",
  },
  {
    step: "export",
    stage: "export",
    summary: "",
    cached: false,
    from: ["verify"],
    models: [],
    reads: ["Example"],
    writes: "Artifact",
  },
];

export const started: PipelineEvent = {
  type: "run-started",
  run: "20261121-073100-ab12",
  pipeline: "mine",
  seed: 7,
  steps,
};

export function finishedStep(step: string, changes: Partial<StepFinished> = {}): PipelineEvent {
  return {
    type: "step-finished",
    step,
    cached: false,
    in: 0,
    out: 0,
    dropped: 0,
    failed: 0,
    skipped: 0,
    rejectedParts: 0,
    refused: 0,
    reasons: [],
    notices: [],
    seconds: 1.44,
    ...changes,
  };
}

export function progress(done: number, total = 40): PipelineEvent {
  return { type: "step-progress", step: "generate", done, total, out: done * 2, dropped: Math.floor(done / 4) };
}

/** How far `verify` is, with what `generate` has passed on to it so far. */
export function verifying(done: number, total: number): PipelineEvent {
  return { type: "step-progress", step: "verify", done, total, growing: true, out: done, dropped: 0 };
}

/** A piece of an answer; no text: its end. */
export function piece(answer: number, text?: string): PipelineEvent {
  return {
    type: "model-text",
    step: "generate",
    answer,
    about: `shop.py: f${answer}`,
    text: text ?? "",
    done: text === undefined,
  };
}

const dataset = (split: string, rows: number) =>
  ["jsonl", "csv"].map((format) => ({
    type: "dataset",
    path: `${format}/${split}.${format}`,
    facts: { rows, format, split },
  }));

export const done: PipelineEvent = {
  type: "run-finished",
  status: "done",
  seconds: 151,
  outputs: "data/mine",
  nothingToDo: false,
  artifacts: [
    ...dataset("train", 963),
    ...dataset("val", 120),
    ...dataset("test", 121),
    { type: "document", path: "README.md", facts: {} },
  ],
};

export function ended(status: "failed" | "interrupted"): PipelineEvent {
  return { type: "run-finished", status, seconds: 12, outputs: null, artifacts: [], nothingToDo: false };
}
