import { z } from "zod";
import { Route } from "../../../../pipeline/contract/route.js";
import { Verdict } from "../../../../pipeline/contract/verdict.js";

const OriginalTest = z.strictObject({
  test: z.string().describe("Name of the test function that it became"),
  kind: z.enum(["doctest", "unittest", "pytest"]),
  path: z.string().describe("POSIX path inside the source"),
  lines: z
    .tuple([z.int().min(1), z.int().min(1)])
    .describe("First and last line; of a doctest: those of what it documents"),
  name: z.string().describe("shop.prices.halves for a doctest; TestPrices::test_halves for a test of a file"),
  examples: z
    .array(z.int())
    .optional()
    .describe("Of a doctest: which of the docstring's examples became the test, by their places"),
  of: z.int().optional().describe("Of a doctest: how many examples the docstring has"),
  exact: z
    .string()
    .optional()
    .describe("The test function that compares what is shown, where the other compares values"),
});
/** A test that a person wrote, where it stands, and the test function that it became. */
export type OriginalTest = z.infer<typeof OriginalTest>;

/** What a test of a model expects, held against what the code answers. */
export const Expectation = z.strictObject({
  test: z
    .string()
    .nullable()
    .describe("Name of the test function that holds it; null where that test was left out later"),
  asked: z.string().describe("What it is expected of, as it is written: clamp(1, 5, 10)"),
  expected: z.string().describe("What the model expected, as it is written: 5, raises ValueError"),
  recorded: z
    .string()
    .nullable()
    .describe("What the code answers, written in its place; null where the model was right"),
});
export type Expectation = z.infer<typeof Expectation>;

/** What proves a row of the pytest task: the target, what the tool writes before the tests, and the verdicts. */
export const PytestSchema = z.strictObject({
  type: z.literal("pytest"),
  target: z.strictObject({
    id: z.string(),
    kind: z.enum(["function", "method", "class", "route"]),
    name: z.string(),
    qualifiedName: z.string(),
    module: z.string(),
    route: Route.optional(),
  }),
  originals: z
    .array(OriginalTest)
    .optional()
    .describe(
      "Where the tests come from, of those that a person wrote: no rewritten test accuses the code before its " +
        "original has failed",
    ),
  preamble: z
    .string()
    .describe("Import lines that the tool writes before the response; preamble + response is a whole test file"),
  expectations: z
    .array(Expectation)
    .optional()
    .describe("What a model expected, one an expectation that was held against the code; missing where nobody did"),
  verdicts: z.array(Verdict).describe("One a test; empty before verification"),
  hashSeeds: z.array(z.int()).describe("The PYTHONHASHSEED of every run; empty before verification"),
  sandbox: z.string().nullable().describe("What confined the runs; null before verification"),
  mutants: z
    .strictObject({
      killed: z.int().min(0),
      run: z.int().min(0).describe("Mutants of the target that the tests were run on"),
      total: z.int().min(0).describe("Mutants of the target that there are"),
    })
    .nullable()
    .describe("How many changed copies of the target the tests tell from it; null where none was run"),
  coverage: z
    .strictObject({
      lines: z.number().min(0).max(1).describe("Part of the target's lines that the tests run"),
      branches: z.number().min(0).max(1).describe("Part of the ways out of its conditions; 1 where it has none"),
    })
    .nullable()
    .describe("null where it was not measured"),
});
/** The evidence of a row of the pytest task, as a record holds it. */
export type Pytest = z.infer<typeof PytestSchema>;

/** Tests that passed in every run; 0 where nothing was run. */
export function passedTests({ hashSeeds, verdicts }: Pick<Pytest, "hashSeeds" | "verdicts">): number {
  return hashSeeds.length === 0 ? 0 : verdicts.filter(({ outcome }) => outcome === "passed").length;
}

/**
 * Where the expected values of a row's tests come from: how many are the model's own, and how many are what the code
 * answers.
 */
export interface Values {
  readonly own: number;
  readonly recorded: number;
}

/** Null where no expectation of the row was held against the code. */
export function valuesOf({ expectations = [] }: Pick<Pytest, "expectations">): Values | null {
  const kept = expectations.filter(({ test }) => test !== null);
  const own = kept.filter(({ recorded }) => recorded === null).length;
  return kept.length === 0 ? null : { own, recorded: kept.length - own };
}
