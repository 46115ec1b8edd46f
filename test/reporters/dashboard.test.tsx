import { stripVTControlCharacters } from "node:util";
import { renderToString } from "ink";
import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import type { PipelineEvent } from "../../pipeline/contract/events.js";
import { DashboardView } from "../../pipeline/reporters/dashboard-view.js";
import { RunProgress } from "../../pipeline/reporters/progress.js";
import { done, ended, finishedStep, handClock, piece, progress, started, verifying } from "./events.js";

/** The picture after these events, with the seconds that pass between them. */
function picture(
  told: readonly (PipelineEvent | number)[],
  { columns = 100, rows = 30, hasKeys = false } = {},
): string[] {
  const clock = handClock();
  const run = new RunProgress(clock.now);
  for (const each of told) {
    if (typeof each === "number") clock.pass(each);
    else run.apply(each);
  }
  const text = renderToString(<DashboardView progress={run} columns={columns} rows={rows} hasKeys={hasKeys} />, {
    columns,
  });
  return stripVTControlCharacters(text)
    .split("\n")
    .map((line) => line.trimEnd());
}

const halfway: (PipelineEvent | number)[] = [
  started,
  finishedStep("ingest", { cached: true, out: 412 }),
  { type: "step-started", step: "generate" },
  progress(0),
  10,
  progress(20),
  { type: "model", model: "teacher", processes: 2, tokensPerSecond: 96, generated: 900, memoryBytes: 310e6 },
];

describe("the live view", () => {
  it("shows what is finished, how far the running step is, what waits for what, and the model", () => {
    expect(picture(halfway)).toEqual([
      "mine  0:10  ·  seed 7  ·  run 20261121-073100-ab12",
      "  ✔ ingest                                     412 files                  finished before",
      "  ▸ generate  ████████████░░░░░░░░░░░░  20/40  ETA 0:10  96 tok/s  40 out  5 dropped",
      "  · verify    waits for generate",
      "  · export",
      "model teacher · 2 processes · 310 MB",
      "stop: Ctrl-C (nothing is lost)",
    ]);
  });

  it("shows each step that is under way, with what it will have to do as far as that can be told", () => {
    const both = [...halfway, { type: "step-started", step: "verify" } as const, verifying(0, 8), 5, verifying(5, 10)];
    expect(picture([...both, progress(20)]).slice(2, 4)).toEqual([
      "  ▸ generate  ████████████░░░░░░░░░░░░  20/40  ETA 0:15  1.3/s  40 out  5 dropped",
      "  ▸ verify    ██████░░░░░░░░░░░░░░░░░░  5/10 so far  ETA 0:15  1.0/s  5 out",
    ]);
    expect(picture([...both, ended("interrupted")]).slice(2)).toEqual([
      "  ✖ generate  stopped at 20/40",
      "  ✖ verify    stopped at 5/10",
    ]);
  });

  it("shows the end of the answer that was begun first, until it is written", () => {
    const answer = [
      piece(1, "def test_a():\n"),
      piece(2, "other"),
      piece(1, ["\tone", "two", "three", "four", "five", "six"].join("\n")),
    ];
    expect(picture([...halfway, ...answer]).slice(5)).toEqual([
      "    shop.py: f1",
      "    │     one",
      "    │ two",
      "    │ three",
      "    │ four",
      "    │ five",
      "    │ six",
      "model teacher · 2 processes · 310 MB",
      "stop: Ctrl-C (nothing is lost)",
    ]);
    expect(picture([...halfway, ...answer, piece(1)])[5]).toBe("    shop.py: f2");
    expect(picture([...halfway, ...answer], { rows: 12 })).toEqual(picture(halfway, { rows: 12 }));
  });

  it.each([40, 60, 76, 100, 200])("keeps every line within %d columns", (columns) => {
    const lines = picture(
      [...halfway, { type: "transfer", what: "model pypi:a-package-with-a-long-name@1.2.3", done: 4e7, total: 9.3e7 }],
      { columns },
    );
    expect(lines.length).toBe(8);
    expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(columns);
  });

  it("drops the bar and the counts, but not what matters, in a narrow terminal", () => {
    const lines = picture(halfway, { columns: 50 });
    expect(lines[1]).toBe("  ✔ ingest    412 files    finished before");
    expect(lines[2]).toBe("  ▸ generate  20/40  ETA 0:10  96 tok/s  40 out  …");
  });

  it("lets the oldest lines make room in a low terminal", () => {
    const all = [
      started,
      ...["ingest", "generate", "verify"].map((step) => finishedStep(step, { out: 3 })),
      { type: "step-started", step: "export" } as const,
    ];
    const lines = picture(all, { rows: 9 });
    expect(lines.slice(1, 3)).toEqual(["  ✔ 1 earlier step", expect.stringMatching(/✔ generate/u)]);
    expect(lines.length).toBeLessThan(9);
  });

  it("says what keys do, and what is in work for long, which is what would be skipped", () => {
    const item = (item: string, about: string) => ({ type: "item-started", step: "generate", item, about }) as const;
    const working = [...halfway, item("a", "shop.py: total"), 1, item("b", "shop.py: tax")];
    expect(picture(working, { hasKeys: true }).slice(5)).toEqual([
      "model teacher · 2 processes · 310 MB",
      "p pause · s skip what is in work · q stop (nothing is lost)",
    ]);
    expect(picture([...working, 4], { hasKeys: true }).slice(5)).toEqual([
      "in work shop.py: total · 0:05",
      "p pause · s skip what is in work · q stop (nothing is lost)",
    ]);
    const gone = {
      type: "item-finished",
      step: "generate",
      item: "a",
      about: "",
      outcome: "passed",
      seconds: 5,
    } as const;
    expect(picture([...working, 4, gone, { type: "run-pausing" }], { hasKeys: true }).slice(5)).toEqual([
      "in work shop.py: tax · 0:04",
      "p go on · s skip what is in work · q stop (nothing is lost)",
    ]);
    expect(picture(working, { hasKeys: true, columns: 40 }).at(-1)).toBe("p · s · q");
  });

  it("keeps warnings above", () => {
    expect(picture([started, { type: "notice", level: "warning", message: "no licence" }])[0]).toBe(
      "warning: no licence",
    );
  });

  it("counts nothing that an earlier run did when it tells the pace", () => {
    const [, , line] = picture([...halfway.slice(0, 3), progress(30), 5, progress(35)]);
    expect(line).toContain("35/40  ETA 0:05  1.0/s");
  });

  it("ends with the final state, without the footer", () => {
    expect(
      picture([
        ...halfway,
        finishedStep("generate", { in: 412, out: 40, dropped: 5 }),
        finishedStep("verify"),
        finishedStep("export", { out: 12 }),
        done,
      ]).at(-1),
    ).toMatch(/✔ export .*12 files/u);
    expect(picture([...halfway, ended("interrupted")]).slice(2)).toEqual(["  ✖ generate  stopped at 20/40"]);
  });
});
