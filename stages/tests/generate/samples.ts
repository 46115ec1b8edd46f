import type { Generation } from "../../../pipeline/contract/model.js";
import { reason } from "../../../pipeline/contract/reasons.js";
import type { Context } from "../../../pipeline/contract/stage.js";
import type { Target } from "../../python/lib/records.js";
import { readAnswer } from "../lib/answers/answer.js";
import { joinTests } from "../lib/join-tests.js";

/** The tests of one sample, with what an example says of it. */
export interface AnsweredSample {
  readonly tests: string;
  readonly sample: number;
  readonly truncated: boolean;
  /** Packages that the model says its tests need: `numpy, pandas`; missing where it names none. */
  readonly requires?: string;
  /** Tokens that the model wrote. */
  readonly tokens: number;
}

/** The samples that hold tests, each text once. */
export function readSamples(
  answers: readonly Generation[],
  { target, splitAssertions }: { readonly target: Target; readonly splitAssertions: boolean },
  context: Pick<Context, "reject">,
): AnsweredSample[] {
  const [callee = ""] = target.qualifiedName.split(".");
  const responses = new Set<string>();
  return answers.flatMap(({ text, finish, tokens: { generated: tokens } }, sample) => {
    const truncated = finish !== "stop";
    const own =
      target.route === undefined
        ? {
            imported: ["pytest", callee],
            asyncName: target.isAsync ? target.name : null,
            moduleImports: target.imports,
          }
        : { imported: ["pytest"] };
    const { tests, requires, rejected } = readAnswer(text, { truncated, splitAssertions, ...own });
    for (const { part, reason: why } of rejected) context.reject({ sample, text: part }, target, why);
    if (tests === null) return [];
    if (responses.has(tests)) {
      context.reject({ sample, text: tests }, target, reason("duplicate", "duplicate: another sample wrote the same"));
      return [];
    }
    responses.add(tests);
    return [{ tests, sample, truncated, tokens, ...(requires.length > 0 && { requires: requires.join(", ") }) }];
  });
}

/** The tests of all samples below each other, in one, with what the samples took together. */
export function joinSamples(
  samples: readonly AnsweredSample[],
): Omit<AnsweredSample, "sample"> & { readonly samples: number } {
  const required = new Set(samples.flatMap(({ requires = "" }) => requires.split(", ").filter(Boolean)));
  return {
    tests: samples.map(({ tests }) => tests).reduce((tests, more) => joinTests(tests, more) ?? tests),
    samples: samples.length,
    truncated: samples.some(({ truncated }) => truncated),
    tokens: samples.reduce((sum, { tokens }) => sum + tokens, 0),
    ...(required.size > 0 && { requires: [...required].join(", ") }),
  };
}
