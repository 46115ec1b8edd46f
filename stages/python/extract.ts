import { z } from "zod";
import { type Reason, reason } from "../../pipeline/contract/reasons.js";
import { SourceFile } from "../../pipeline/contract/records.js";
import { Target } from "./lib/records.js";
import { defineStage } from "../../pipeline/contract/stage.js";
import { charactersNamedIn } from "./lib/character-names.js";
import { targetsOf } from "./lib/targets.js";

/** Reads Python files, and gives each function, method and class in them that a test can import. */
export default defineStage({
  name: "extract",
  summary: "Finds the functions, methods and classes of Python files that tests can be written for",
  version: 2,
  reads: SourceFile,
  writes: Target,
  parallel: "record",
  partition: 64,
  options: z.strictObject({
    kinds: z
      .array(z.enum(["function", "method", "class"]))
      .min(1)
      .default(["function", "method", "class"])
      .describe("What becomes a target"),
    private: z.boolean().default(false).describe("Whether names that start with _ become targets too"),
    maxLines: z
      .int()
      .min(1)
      .default(200)
      .describe("Longest target, in lines with decorators and docstring; longer ones are rejected"),
    minComplexity: z
      .int()
      .min(1)
      .default(1)
      .describe("Smallest cyclomatic complexity of a target; simpler ones are rejected"),
  }),

  async *run(files, options, context) {
    for await (const file of files) {
      const unfit = whyUnfit(file);
      if (unfit !== null) {
        context.drop(file, unfit);
        continue;
      }
      const { targets, rejected } = targetsOf(file, options, await charactersNamedIn(file.text));
      for (const { part, reason: why } of rejected) context.reject(part, file, why);
      if (targets.length === 0) context.drop(file, whyEmpty(rejected));
      yield* targets;
    }
  },
});

function whyUnfit({ role, language, module }: SourceFile): Reason | null {
  if (language !== "python") return reason("not-python", `not Python: ${language}`);
  if (role === "test") return reason("test-file", "test file: read by mine");
  if (role === "documentation") return reason("documentation-file", "documentation file");
  if (module === null) return reason("not-importable", "not importable: no module name leads to the file");
  return null;
}

function whyEmpty(rejected: readonly { readonly reason: Reason }[]): Reason {
  const [first] = rejected;
  if (first === undefined)
    return reason("nothing-to-test", "nothing to test: no function, method or class of the kinds asked for");
  return reason("nothing-left-to-test", `nothing left to test: ${first.reason.text}`);
}
