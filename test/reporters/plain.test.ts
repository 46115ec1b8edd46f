import { describe, expect, it } from "vitest";
import type { PipelineEvent } from "../../pipeline/contract/events.js";
import { createJsonReporter } from "../../pipeline/reporters/json.js";
import { createPlainReporter } from "../../pipeline/reporters/plain.js";
import { done, ended, finishedStep, handClock, piece, progress, started } from "./events.js";

/** What the plain reporter writes, with the seconds that pass before each event. */
function written(told: readonly (PipelineEvent | number)[]): string[] {
  const clock = handClock();
  let text = "";
  const reporter = createPlainReporter((more) => void (text += more), clock.now, {
    colour: false,
    resume: "pipeline run mine",
  });
  for (const each of told) {
    if (typeof each === "number") clock.pass(each);
    else reporter.report(each);
  }
  return text.trimEnd().split("\n");
}

describe("plain lines", () => {
  it("tell each change in a line", () => {
    expect(
      written([
        started,
        { type: "step-started", step: "ingest" },
        finishedStep("ingest", { out: 1, refused: 1 }),
        finishedStep("generate", {
          cached: true,
          in: 1,
          out: 3180,
          dropped: 2,
          failed: 1,
          skipped: 4,
          rejectedParts: 9,
        }),
      ]),
    ).toEqual([
      "mine  run 20261121-073100-ab12  seed 7",
      "ingest    started",
      "ingest    done in 1.4 s: 1 file, 1 refused",
      "generate  finished before: 1 file in, 3,180 examples out, 2 dropped, 1 failed, 4 skipped, 9 parts rejected",
    ]);
  });

  it("never flood: one line on a step's progress every five seconds, however much happens", () => {
    const many = Array.from({ length: 2000 }, (_, index) => [0.01, progress(index, 2000)]).flat();
    const lines = written([started, { type: "step-started", step: "generate" }, ...many]);
    expect(lines).toEqual([
      lines[0],
      lines[1],
      "generate  499/2,000 (24 %)  998 out  124 dropped  100/s  ETA 0:15",
      "generate  999/2,000 (49 %)  1,998 out  249 dropped  100/s  ETA 0:10",
      "generate  1,499/2,000 (74 %)  2,998 out  374 dropped  100/s  ETA 0:05",
      "generate  1,999/2,000 (99 %)  3,998 out  499 dropped  100/s  ETA 0:00",
    ]);
  });

  it("show answers one after another though they are written at once, and never run one line into another", () => {
    const lines = written([
      started,
      { type: "step-started", step: "generate" },
      progress(0),
      piece(1, "def test_"),
      piece(2, "def test_b(): ..."),
      piece(1, "a():\n    as"),
      10,
      progress(4),
      piece(2),
      piece(1, "sert a()"),
      piece(1),
      piece(3),
      piece(4, "x"),
      finishedStep("generate", { out: 2 }),
    ]);
    expect(lines.slice(2)).toEqual([
      "── shop.py: f1",
      "def test_a():",
      "    as",
      "generate  4/40 (10 %)  8 out  1 dropped  0.4/s  ETA 1:30",
      "sert a()",
      "── shop.py: f2",
      "def test_b(): ...",
      "── shop.py: f4",
      "x",
      "generate  done in 1.4 s: 0 files in, 2 examples out",
    ]);
  });

  it("show tokens a second while a model is at work, and downloads with their size", () => {
    const lines = written([
      started,
      { type: "transfer", what: "model x", done: 0, total: 93e6 },
      { type: "transfer", what: "model x", done: 5e6, total: 93e6 },
      { type: "transfer", what: "model x", done: 93e6, total: 93e6 },
      { type: "step-started", step: "generate" },
      progress(0),
      10,
      { type: "model", model: "teacher", processes: 2, tokensPerSecond: 96.4, generated: 900, memoryBytes: 3e8 },
      progress(10),
    ]);
    expect(lines.slice(1)).toEqual([
      "fetching model x: 0 B of 93 MB",
      "fetching model x: 93 MB of 93 MB",
      "generate  started",
      "generate  10/40 (25 %)  20 out  2 dropped  96 tok/s  ETA 0:30",
    ]);
  });

  it("show the time that a trainer says is left, whatever it did before its first step", () => {
    const training = { type: "training", loss: 0.89, learningRate: 1e-3, tokensPerSecond: 165.2, steps: 280 } as const;
    const lines = written([
      started,
      { type: "step-started", step: "generate" },
      progress(0, 280),
      140,
      { ...training, step: 1, eta: 1140 },
      progress(1, 280),
      6,
      { ...training, step: 2, eta: null },
      progress(2, 280),
    ]);
    expect(lines[2]).toBe("generate  1/280 (0 %)  2 out  loss 0.890  165 tok/s  ETA 19:00");
    expect(lines[3]).toMatch(/^generate {2}2\/280 .* ETA \d/u);
  });
});

describe("the end of a run", () => {
  it("says what was made, what was left out and what to do next; the formats of one dataset count once", () => {
    const reasons = [
      ["dropped", "no-good-test", 200],
      ["dropped", "duplicate", 64],
      ["rejected", "flaky", 31],
      ["refused", "licence", 16],
      ["dropped", "too-long", 3],
      ["failed", "sandbox-lost", 12],
      ["failed", "environment", 1],
    ] as const;
    const counted = reasons.map(([type, code, count]) => ({
      type,
      code,
      count,
      example: "512 tokens, at most 400 are wanted",
    }));
    const lines = written([started, finishedStep("verify", { reasons: counted, failed: 13 }), done]);
    expect(lines.slice(-5)).toEqual([
      "Done in 2:31.  1,204 rows: 963 train, 120 val, 121 test.",
      "  data/mine/                  README.md  csv/  jsonl/",
      "  314 left out: 200 no good test, 64 duplicate, 31 flaky, 16 licence, and 1 other reason  →  pipeline inspect " +
        "rejects",
      "  13 failed because something around them broke (12 sandbox lost, 1 environment), and are taken again by the " +
        "next run  →  pipeline failures",
      "  Next: pipeline inspect data/mine/jsonl/train.jsonl",
    ]);
  });

  it.each([
    ["failed", "Failed after 12 s, in generate."],
    ["interrupted", "Stopped after 12 s, in generate."],
  ] as const)("says where a run that %s stopped, and how to go on", (status, first) => {
    const lines = written([started, { type: "step-started", step: "generate" }, ended(status)]);
    expect(lines.slice(-2)).toEqual([first, "  What is finished is kept. To go on:  pipeline run mine"]);
  });
});

it("JSON lines hold every event as it is", () => {
  let text = "";
  const reporter = createJsonReporter((more) => void (text += more));
  const told = [started, progress(1), finishedStep("ingest"), done];
  for (const event of told) reporter.report(event);
  expect(
    text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as object),
  ).toEqual(told);
});
