/** What is counted of a target. Every figure is the mean over targets, with those that failed. */
export interface Metric {
  /** As in the records and in report.json. */
  readonly name: string;
  readonly title: string;
  /** A target's part, from 0 to 1; or a number. */
  readonly type: "part" | "number";
  /** What counts in the end, a step on the way there, or what a model's disagreement with a buggy program is worth. */
  readonly rank: "main" | "step" | "disagreement";
  /** Where it is no mean, but a sum over a sum: the records' names of what each target adds to them. */
  readonly quotient?: readonly [above: string, below: string];
  readonly numerator: string;
  readonly denominator: string;
}

const all = "all targets";

/** Every metric of a report, in the order in which it shows them. The words say exactly what is counted over what. */
export const metrics = [
  {
    name: "suitePassAt1",
    title: "Suite pass@1",
    type: "part",
    rank: "main",
    numerator:
      "targets whose every test file is collected, whose every test calls the target, asserts something and passes " +
      "in each run",
    denominator: all,
  },
  {
    name: "testPassRate",
    title: "Tests that pass",
    type: "part",
    rank: "main",
    numerator: "per target: tests that pass in each run",
    denominator: "per target: tests written, run or not; 0 where none was. Mean over all targets",
  },
  {
    name: "salvaged",
    title: "Salvaged",
    type: "part",
    rank: "main",
    numerator:
      "targets with a test that passes and passing tests that kill at least one mutant, whatever the other tests do",
    denominator: "all targets but those that are known to have no mutant",
  },
  {
    name: "mutationScore",
    title: "Mutation score",
    type: "part",
    rank: "main",
    numerator: "per target: mutants that a passing test fails on; a timeout is no kill",
    denominator:
      "per target: mutants run, timeouts among them; the same for everyone. 0 where no test passes. Mean over all " +
      "targets but those that are known to have no mutant",
  },
  {
    name: "bugDetection",
    title: "Bug detection",
    type: "part",
    rank: "main",
    numerator:
      "pairs with a test that passes on the correct program in each run, and does not pass on the buggy one, where " +
      "going on for ever is not passing",
    denominator: "pairs of a correct and a buggy program",
  },
  {
    name: "lineCoverage",
    title: "Line coverage",
    type: "part",
    rank: "main",
    numerator: "per target: lines of it that the passing tests run",
    denominator:
      "per target: its lines; 0 where no test passes. Mean over all targets but those whose lines cannot be told",
  },
  {
    name: "branchCoverage",
    title: "Branch coverage",
    type: "part",
    rank: "main",
    numerator: "per target: ways out of its conditions that the passing tests take",
    denominator:
      "per target: ways out of its conditions; 0 where no test passes. Mean over all targets but those whose lines " +
      "cannot be told, or that are known to have no condition",
  },
  {
    name: "syntax",
    title: "Syntax",
    type: "part",
    rank: "step",
    numerator: "targets with a test, whose every test file is Python",
    denominator: all,
  },
  {
    name: "collected",
    title: "Collected",
    type: "part",
    rank: "step",
    numerator: "targets whose every test file pytest collects a test of",
    denominator: all,
  },
  {
    name: "grounded",
    title: "Grounded",
    type: "part",
    rank: "step",
    numerator: "targets with a collected test that calls the real target",
    denominator: all,
  },
  {
    name: "stable",
    title: "Stable",
    type: "part",
    rank: "step",
    numerator: "targets whose tests are all collected, and end the same under every hash seed",
    denominator: all,
  },
  {
    name: "valuesRight",
    title: "Values right",
    type: "part",
    rank: "step",
    numerator: "per target: expected values and exceptions that are what the code answers",
    denominator: "per target: those that were held against the code. Mean over all targets with one",
  },
  { name: "tests", title: "Tests written", type: "number", rank: "step", numerator: "tests written", denominator: all },
  {
    name: "tokens",
    title: "Tokens written",
    type: "number",
    rank: "step",
    numerator: "tokens that the model wrote",
    denominator: all,
  },
  {
    name: "disagreementPrecision",
    title: "Disagreements that are the bug",
    type: "part",
    rank: "disagreement",
    quotient: ["disagreementsAtBug", "disagreements"],
    numerator:
      "disagreements with a buggy program whose expected value or exception is what the correct program answers to " +
      "the same call",
    denominator:
      "disagreements with buggy programs, of all programs together. Whole programs are drawn for the interval",
  },
  {
    name: "disagreementRecall",
    title: "Bugs pointed at",
    type: "part",
    rank: "disagreement",
    numerator: "buggy programs of which at least one disagreement points at the bug, as above",
    denominator: "all buggy programs",
  },
  {
    name: "disagreementRecallWhereTold",
    title: "Bugs pointed at, where a call shows them",
    type: "part",
    rank: "disagreement",
    numerator: "as above",
    denominator: "buggy programs that answer at least one call of the model otherwise than the correct program does",
  },
  {
    name: "disagreements",
    title: "Disagreements",
    type: "number",
    rank: "disagreement",
    numerator: "disagreements, as above: what a person would read",
    denominator: "all buggy programs",
  },
] as const satisfies readonly Metric[];

/** The name of a metric, as records and report.json have it. */
export type MetricName = (typeof metrics)[number]["name"];

/** What decides whether one model is better than another, in words for whoever sees them first. */
export const headline = [
  {
    name: "suitePassAt1",
    meaning: "functions for which every test that was written passes, calls the function and asserts something",
  },
  {
    name: "salvaged",
    meaning: "functions with a test that passes and notices a change of the code, whatever the other tests do",
  },
  { name: "mutationScore", meaning: "part of the small changes of the code that passing tests notice" },
] as const satisfies readonly { readonly name: MetricName; readonly meaning: string }[];

/** The same where models were shown buggy programs. */
export const disagreementHeadline = [
  { name: "disagreementPrecision", meaning: "part of the list of disagreements that is about the bug" },
  { name: "disagreementRecall", meaning: "buggy programs whose bug that list shows" },
] as const satisfies readonly { readonly name: MetricName; readonly meaning: string }[];
