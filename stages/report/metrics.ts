/** What is counted of a target. Every figure is the mean over targets, with those that failed. */
export interface Metric {
  /** As in the records and in report.json. */
  readonly name: string;
  readonly title: string;
  /** A target's part, from 0 to 1; or a number. */
  readonly type: "part" | "number";
  /** What counts in the end, or a step on the way there. */
  readonly rank: "main" | "step";
  readonly numerator: string;
  readonly denominator: string;
}

const all = "all targets";

export const metrics = [
  { name: "suitePassAt1", title: "Suite pass@1", type: "part", rank: "main", numerator: "targets whose every test file is collected, whose every test calls the target, asserts something and passes in each run", denominator: all },
  { name: "testPassRate", title: "Tests that pass", type: "part", rank: "main", numerator: "per target: tests that pass in each run", denominator: "per target: tests written, run or not; 0 where none was. Mean over all targets" },
  { name: "salvaged", title: "Salvaged", type: "part", rank: "main", numerator: "targets with a test that passes and passing tests that kill at least one mutant, whatever the other tests do", denominator: "all targets but those that are known to have no mutant" },
  { name: "mutationScore", title: "Mutation score", type: "part", rank: "main", numerator: "per target: mutants that a passing test fails on; a timeout is no kill", denominator: "per target: mutants run, timeouts among them; the same for everyone. 0 where no test passes. Mean over all targets but those that are known to have no mutant" },
  { name: "bugDetection", title: "Bug detection", type: "part", rank: "main", numerator: "pairs with a test that passes on the correct program in each run, and does not pass on the buggy one, where going on for ever is not passing", denominator: "pairs of a correct and a buggy program" },
  { name: "lineCoverage", title: "Line coverage", type: "part", rank: "main", numerator: "per target: lines of it that the passing tests run", denominator: "per target: its lines; 0 where no test passes. Mean over all targets but those whose lines cannot be told" },
  { name: "branchCoverage", title: "Branch coverage", type: "part", rank: "main", numerator: "per target: ways out of its conditions that the passing tests take", denominator: "per target: ways out of its conditions; 0 where no test passes. Mean over all targets but those whose lines cannot be told, or that are known to have no condition" },
  { name: "syntax", title: "Syntax", type: "part", rank: "step", numerator: "targets with a test, whose every test file is Python", denominator: all },
  { name: "collected", title: "Collected", type: "part", rank: "step", numerator: "targets whose every test file pytest collects a test of", denominator: all },
  { name: "grounded", title: "Grounded", type: "part", rank: "step", numerator: "targets with a collected test that calls the real target", denominator: all },
  { name: "stable", title: "Stable", type: "part", rank: "step", numerator: "targets whose tests are all collected, and end the same under every hash seed", denominator: all },
  { name: "tests", title: "Tests written", type: "number", rank: "step", numerator: "tests written", denominator: all },
  { name: "tokens", title: "Tokens written", type: "number", rank: "step", numerator: "tokens that the model wrote", denominator: all },
] as const satisfies readonly Metric[];

export type MetricName = (typeof metrics)[number]["name"];

/** What decides whether one model is better than another, in words for whoever sees them first. */
export const headline = [
  { name: "suitePassAt1", meaning: "functions for which every test that was written passes, calls the function and asserts something" },
  { name: "salvaged", meaning: "functions with a test that passes and notices a change of the code, whatever the other tests do" },
  { name: "mutationScore", meaning: "part of the small changes of the code that passing tests notice" },
] as const satisfies readonly { readonly name: MetricName; readonly meaning: string }[];
