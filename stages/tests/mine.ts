import { z } from "zod";
import { renderInstruction } from "../../pipeline/contract/prompt.js";
import { type Reason, reason } from "../../pipeline/contract/reasons.js";
import { Example, SourceFile } from "../../pipeline/contract/records.js";
import type { OriginalTest } from "./lib/evidence/schema.js";
import type { Source } from "../../pipeline/contract/kind.js";
import { Target } from "../python/lib/records.js";
import { PytestEvidence } from "./lib/evidence/pytest-evidence.js";
import { pytestExample } from "./lib/pytest-example.js";
import { promptRef } from "../../pipeline/contract/reference.js";
import { defineStage } from "../../pipeline/contract/stage.js";
import { doctestTests } from "./mine/doctest-tests.js";
import { FilesOfTargets } from "./mine/files.js";
import type { MinedTest } from "./mine/test-function.js";
import { writtenTests } from "./mine/written-tests.js";
import { shownTarget, TestPrompt } from "../python/lib/test-prompt.js";

/** Collects the tests that people already wrote for a target: its doctests, and the test functions of its source. */
export default defineStage({
  name: "mine",
  summary: "Collects the tests that people wrote: doctests as pytest functions, and test functions that use a target",
  version: 2,
  reads: { targets: Target, files: SourceFile },
  writes: Example,
  evidence: [PytestEvidence],
  parallel: "record",
  partition: 256,
  options: z.strictObject({
    prompt: promptRef(TestPrompt).default("prompts/pytest.yaml").describe("The prompt file that says what a row asks"),
    doctests: z.boolean().default(true).describe("Whether doctests are taken"),
    tests: z.boolean().default(true).describe("Whether test functions of the source are taken"),
    maxTests: z
      .int()
      .min(1)
      .default(8)
      .describe("Most test functions in one example; a target with more gives several examples"),
  }),

  async *run({ targets, files }, options, context) {
    const prompt = context.prompt(options.prompt, TestPrompt);
    const near = await FilesOfTargets.find(
      targets,
      await context.lookup(files, "source", ({ source }) => source?.ref ?? ""),
    );
    for await (const target of targets) {
      const found = mined(target, near, options);
      for (const { part, reason: why } of found.flatMap(({ rejected }) => rejected)) context.reject(part, target, why);
      const answers = found.flatMap((tests) =>
        answersOf(tests, options.maxTests).map((answer) => ({ ...tests, ...answer })),
      );
      if (answers.length === 0) context.drop(target, whyNothing(found));
      for (const { response, originals, teacher, file } of answers) {
        yield pytestExample(
          target,
          { prompt: renderInstruction(prompt, shownTarget(target)), response, labels: { teacher }, originals },
          { source: sourceOf(target, file), from: file === null ? [target] : [target, file] },
        );
      }
    }
  },
});

/** Tests for one target from one place. */
interface Mined {
  readonly teacher: "doctest" | "human";
  /** The test file; null for the target's own docstring. */
  readonly file: SourceFile | null;
  readonly tests: readonly MinedTest[];
  readonly prelude: string;
  readonly rejected: readonly { readonly part: string; readonly reason: Reason }[];
}

function mined(target: Target, files: FilesOfTargets, options: { doctests: boolean; tests: boolean }): Mined[] {
  const found: Mined[] = [];
  const names = options.doctests && target.docstring?.includes(">>>") === true ? files.namesFor(target) : null;
  if (names !== null) found.push({ teacher: "doctest", file: null, prelude: "", ...doctestTests(target, names) });
  if (options.tests) {
    for (const file of files.testsFor(target))
      found.push({ teacher: "human", file: file.file, ...writtenTests(target, file, files.conftestsFor(file.file)) });
  }
  return found;
}

/** The tests in answers of at most `most` tests; each holds what they share. */
function answersOf(
  { tests, prelude }: Mined,
  most: number,
): { readonly response: string; readonly originals: readonly OriginalTest[] }[] {
  const answers: ReturnType<typeof answersOf> = [];
  for (let start = 0; start < tests.length; start += most) {
    const own = tests.slice(start, start + most);
    answers.push({
      response: [...(prelude === "" ? [] : [prelude]), ...own.map(({ source }) => source)].join("\n\n\n"),
      originals: own.map(({ name, original }) => ({ test: name, ...original })),
    });
  }
  return answers;
}

function whyNothing(found: readonly Mined[]): Reason {
  const [first] = found.flatMap(({ rejected }) => rejected);
  if (first === undefined) return reason("no-doctest-and-no-test", "no doctest and no test names it");
  return reason("no-usable-test", `no usable test: ${first.reason.text}`);
}

/** A row from two files stands under both licences. */
function sourceOf({ source }: Target, file: SourceFile | null): Source | null {
  const other = file?.source?.licence;
  if (source === null || other === undefined || other === source.licence) return source;
  return { ...source, licence: `(${source.licence}) AND (${other})` };
}
