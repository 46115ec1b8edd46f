import { afterAll, beforeAll, describe, expect, it } from "vitest";
import check from "../../../stages/snippets/check.js";
import { laterSandbox, sandboxed, type Sandboxed } from "../../sandbox/sandboxed.js";
import { runStage } from "../../support/run-stage.js";
import { snippet } from "./languages.js";

let box: Sandboxed;
beforeAll(async () => {
  box = await sandboxed({});
});
afterAll(async () => await box.close());
const services = { sandbox: laterSandbox(() => box) };

const docstring = (example: string, states: string, body = "return a + b") =>
  `def add(a, b):\n    """Adds.\n\n    >>> ${example}\n    ${states}\n    """\n    ${body}\n`;

interface Stated {
  readonly language: string;
  readonly text: string;
  readonly comes: string;
}

const cases: readonly Stated[] = [
  { language: "python", text: docstring("add(1, 2)", "3"), comes: "run" },
  { language: "python", text: docstring("add(1, 2)", "4"), comes: "line 4: states '4', gives '3'" },
  { language: "python", text: docstring("add({'x', 'y', 'z'}, 0)", "0", "return list(a)"), comes: "not the same" },
  { language: "python", text: `import nothing\n${docstring("add(1, 2)", "4")}`, comes: "syntax" },
  { language: "python", text: `${docstring("add(1, 2)", "4")}while True: pass\n`, comes: "syntax" },
  { language: "javascript", text: "const add = (a, b) => a + b;\nadd(1, 2); // => 3\n", comes: "run" },
  { language: "javascript", text: "console.log([1].concat(2)) // => [ 1, 2 ]\n", comes: "run" },
  {
    language: "javascript",
    text: "export const one = 1; // => 1\n1 + one // => 3\n",
    comes: "line 2: states 3, gives 2",
  },
  { language: "python", text: `${docstring("add(1, 2)", "4")}import os; os._exit(0)\n`, comes: "syntax" },
  { language: "javascript", text: "process.exit(0);\n1 // => 2\n", comes: "syntax" },
  { language: "javascript", text: 'import x from "nothing";\nx // => 3\n', comes: "syntax" },
  { language: "javascript", text: "const x = 1; // => what comes of it\n", comes: "syntax" },
];

describe("outputs that a snippet states", () => {
  it.each(cases)("are held against what it gives: $language, $comes", async ({ language, text, comes }) => {
    const { kept, dropped } = await runStage(check, [snippet(language, text)], {}, { services });
    const [row] = kept;
    const level = row !== undefined && "evidence" in row ? (row.evidence as { readonly level: string }).level : null;
    expect(level ?? dropped[0]?.reason).toContain(comes);
  });

  it("are not come by where that is not wanted", async () => {
    const wrong = snippet("python", docstring("add(1, 2)", "4"));
    const { kept } = await runStage(check, [wrong], { outputs: false }, { services });
    expect(kept).toMatchObject([{ evidence: { level: "syntax" } }]);
  });
});
