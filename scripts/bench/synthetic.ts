import { z } from "zod";
import { Example } from "../../pipeline/contract/records.js";
import { defineStage } from "../../pipeline/contract/stage.js";

/**
 * Examples that look like real ones: a function of some twenty lines and its tests, from many files of many packages.
 */
export default defineStage({
  name: "synthetic",
  summary: "Makes examples of random code, for measuring",
  version: 1,
  writes: Example,
  parallel: "whole",
  options: z.strictObject({
    rows: z.int().min(1).describe("Examples to make"),
    copies: z
      .number()
      .min(0)
      .max(1)
      .default(0.02)
      .describe("Share of them that are near-identical to the one before, in another file"),
  }),

  async *run(_inputs, options, { seed }) {
    yield* syntheticExamples({ ...options, seed });
  },
});

/**
 * So many examples of random code, the same for a seed; `copies` is the share of them, 0 to 1, that differ in one line
 * from the one before.
 */
export function* syntheticExamples({
  rows,
  copies,
  seed,
}: {
  rows: number;
  copies: number;
  seed: number;
}): Generator<Example> {
  const random = randomNumbers(seed);
  let code: string[] = [];
  for (let row = 0; row < rows; row += 1) {
    code = row > 0 && random() < copies ? [...code.slice(0, -1), "    return result + 1"] : randomFunction(random, row);
    yield makeExample(code, row, random);
  }
}

function makeExample(code: readonly string[], row: number, random: () => number): Example {
  const name = `package${row % 97}`;
  const tests = Array.from(
    { length: 3 },
    (_, test) =>
      `def test_${row}_${test}():\n    assert function_${row}(${numbers(random, 4)}) == [${numbers(random, 6)}]\n`,
  );
  const verdicts = tests.map((_, test) => ({
    test: `test_${row}_${test}`,
    outcome: "passed" as const,
    reason: null,
    detail: "",
  }));
  return Example.make(
    {
      task: "pytest",
      language: "python",
      prompt: `Write pytest tests for this function.\n\n\`\`\`python\n${code.join("\n")}\n\`\`\``,
      response: tests.join("\n\n"),
      split: null,
      labels: { teacher: row % 3 === 0 ? "doctest" : "record" },
      evidence: {
        type: "pytest",
        target: {
          id: String(row),
          kind: "function",
          name: `function_${row}`,
          qualifiedName: `function_${row}`,
          module: `${name}.module`,
        },
        preamble: `import pytest\n\nfrom ${name}.module import function_${row}\n`,
        verdicts,
        hashSeeds: [0, 1, 2],
        sandbox: "namespaces",
        mutants: null,
        coverage: null,
      },
    },
    {
      source: {
        ref: `pypi:${name}@1.0.0`,
        name,
        version: "1.0.0",
        licence: "MIT",
        path: `${name}/module${Math.floor(row / 7)}.py`,
        lines: [1, code.length],
      },
      from: [],
    },
  );
}

function randomFunction(random: () => number, row: number): string[] {
  const word = () => `name${Math.floor(random() * 5000)}`;
  const lines = Array.from(
    { length: 8 + Math.floor(random() * 16) },
    () => `    ${word()} = ${word()}(${word()}, ${Math.floor(random() * 100)}) + ${word()}`,
  );
  return [
    `def function_${row}(${word()}, ${word()}):`,
    `    """${Array.from({ length: 12 }, word).join(" ")}"""`,
    ...lines,
    "    return result",
  ];
}

function numbers(random: () => number, count: number): string {
  return Array.from({ length: count }, () => Math.floor(random() * 1000)).join(", ");
}

/** Mulberry32: the same numbers in [0, 1) for the same seed, on every machine. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}
