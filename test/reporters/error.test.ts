import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { PipelineError, serializeError } from "../../pipeline/system/errors.js";
import { renderError } from "../../pipeline/reporters/error.js";
import { frame } from "../../pipeline/reporters/frame.js";
import { temporaryFolder } from "../support/pipelines.js";

const shown = (text: string, line: number, column: number, length: number) =>
  frame(text, { file: "", line, column, length }).map((each) => each.text);

describe("a frame", () => {
  it("shows the line before, the line, and what is meant underlined", () => {
    expect(shown("steps:\n  - stage: ingest\n    with: { sorces: [] }\n", 3, 13, 6)).toEqual([
      "2 |   - stage: ingest",
      "3 |     with: { sorces: [] }",
      "  |             ~~~~~~",
    ]);
  });

  it("underlines the right place behind tabs, wide characters and characters of two units", () => {
    expect(shown("\tkey: 源代码 bad", 1, 11, 3)).toEqual([
      "1 |     key: 源代码 bad",
      "  |                ~~~".slice(0, 4) + "                ~~~",
    ]);
    expect(shown("🙂🙂 bad", 1, 6, 3)).toEqual(["1 | 🙂🙂 bad", "  |      ~~~"]);
    expect(shown("a\tb: 源", 1, 6, 1)).toEqual(["1 | a   b: 源", "  |        ~~"]);
  });

  it("keeps numbers of lines in one column, and marks the end of a line too", () => {
    const text = Array.from({ length: 10 }, (_, index) => `line ${index + 1}`).join("\n");
    expect(shown(text, 10, 8, 1)).toEqual([" 9 | line 9", "10 | line 10", "   |        ~"]);
  });

  it("is empty where the line is not there", () => {
    expect(shown("one line", 3, 1, 1)).toEqual([]);
  });
});

describe("an error", () => {
  const view = { cwd: "/work", colour: false, debug: false };

  it("shows the user's own line, the hint, and every other mistake", async () => {
    const cwd = await temporaryFolder();
    const file = join(cwd, "mine.yaml");
    await writeFile(file, "name: mine\nsed: 1\n");
    const at = (line: number, column: number, length: number) => ({ file, line, column, length });
    const error = new PipelineError('unknown key "sed"', {
      code: "config",
      hint: 'Did you mean "seed"?\nIt is a number.',
      locations: [at(2, 1, 3)],
      others: [new PipelineError("no steps", { code: "config", locations: [at(1, 1, 4)] })],
    });
    expect(renderError(serializeError(error), { ...view, cwd })).toBe(`error: unknown key "sed"

  mine.yaml:2:1
    1 | name: mine
    2 | sed: 1
      | ~~~
  Did you mean "seed"?
  It is a number.

error: no steps

  mine.yaml:1:1
    1 | name: mine
      | ~~~~
`);
  });

  it("has no stack for a user's mistake, and all of it with --debug", () => {
    const error = serializeError(new PipelineError("no such step", { code: "usage" }));
    expect(renderError(error, view)).toBe("error: no such step\n");
    expect(renderError(error, { ...view, debug: true })).toMatch(
      /error: no such step\n\nPipelineError: no such step\n {4}at /u,
    );
  });

  it("says so where it should not happen", () => {
    expect(renderError(serializeError(new TypeError("x is undefined")), view)).toMatch(
      /^error: x is undefined\n {2}This should not happen/u,
    );
  });

  it("is coloured where colours are wanted, and nowhere else", () => {
    const error = serializeError(new PipelineError("bad", { code: "usage" }));
    expect(renderError(error, { ...view, colour: true })).toContain("\u001B[31m");
    expect(renderError(error, view)).not.toContain("\u001B");
  });
});
