import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CheckerTool } from "../../pipeline/contract/checker.js";
import { findPython } from "../../pipeline/system/python/interpreter.js";
import { sandboxed, type Sandboxed } from "./sandboxed.js";

let box: Sandboxed;
let python: CheckerTool;
beforeAll(async () => {
  box = await sandboxed({});
  const { interpreter, readable } = await findPython();
  python = { command: interpreter, readable };
});
afterAll(() => box.close());

describe("a checker", () => {
  it("says of each file what it thinks of it", async () => {
    const results = await box.api.check({
      tool: python,
      arguments: ["-m", "py_compile", "{file}"],
      files: [
        { path: "good.py", text: "x = 1\n" },
        { path: "bad.py", text: "x = = 1\n" },
      ],
    });
    expect(results).toMatchObject([
      { type: "ran", exitCode: 0, signal: null, ended: null, stderr: { text: "", isCut: false } },
      { type: "ran", exitCode: 1, ended: null, stderr: { text: expect.stringContaining("SyntaxError"), isCut: false } },
    ]);
  });
});
