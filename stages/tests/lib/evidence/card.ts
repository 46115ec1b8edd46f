import type { EvidenceCard } from "../../../../pipeline/contract/evidence.js";
import type { StepSummary } from "../../../../pipeline/contract/step-summary.js";
import { code, count, joined, share } from "../../../../pipeline/system/markdown.js";
import { passedTests, type Pytest, valuesOf } from "./schema.js";

/** What a dataset card counts of rows with tests. */
interface Counts {
  rows: number;
  /** Rows whose tests were run and passed, and those tests. */
  proven: number;
  tests: number;
  readonly sandboxes: Set<string>;
  /** Proven rows whose tests were run on mutants of their target, those that killed one, and all these mutants. */
  readonly mutants: { rows: number; killing: number; killed: number; run: number };
  /** Proven rows whose coverage was measured, and the sum of their shares of lines. */
  readonly coverage: { rows: number; lines: number };
  /**
   * Rows of which a model's expectations were held against the code, those of them with a recorded one, and all these
   * expectations.
   */
  readonly values: { rows: number; recording: number; own: number; recorded: number };
  /** What mended tests of a row, as `labels.repair` names it. */
  readonly repairs: Map<string, number>;
  /** Rows that a model wrote. */
  byModel: number;
}

/** What the dataset card says of rows with tests: how they were run, and what that showed. */
export function pytestCard(): EvidenceCard<Pytest> {
  const counts: Counts = {
    rows: 0,
    proven: 0,
    tests: 0,
    sandboxes: new Set(),
    mutants: { rows: 0, killing: 0, killed: 0, run: 0 },
    coverage: { rows: 0, lines: 0 },
    values: { rows: 0, recording: 0, own: 0, recorded: 0 },
    repairs: new Map(),
    byModel: 0,
  };
  return {
    note: ({ evidence, labels: { repair, teacher } }) => {
      counts.rows += 1;
      counts.byModel += String(teacher).startsWith("model:") ? 1 : 0;
      for (const each of repair === undefined ? [] : String(repair).split(", "))
        counts.repairs.set(each, (counts.repairs.get(each) ?? 0) + 1);
      noteValues(evidence, counts);
      noteProof(evidence, counts);
    },
    section: () => verification(counts),
    answers: (steps) => acceptance(counts, steps),
  };
}

function noteValues(evidence: Pytest, counts: Counts): void {
  const values = valuesOf(evidence);
  if (values === null) return;
  counts.values.rows += 1;
  counts.values.recording += values.recorded > 0 ? 1 : 0;
  counts.values.own += values.own;
  counts.values.recorded += values.recorded;
}

function noteProof(evidence: Pytest, counts: Counts): void {
  const tests = passedTests(evidence);
  if (tests === 0) return;
  const { sandbox, mutants, coverage } = evidence;
  counts.proven += 1;
  counts.tests += tests;
  if (sandbox !== null) counts.sandboxes.add(sandbox);
  if (mutants !== null) {
    counts.mutants.rows += 1;
    counts.mutants.killing += mutants.killed > 0 ? 1 : 0;
    counts.mutants.killed += mutants.killed;
    counts.mutants.run += mutants.run;
  }
  if (coverage !== null) {
    counts.coverage.rows += 1;
    counts.coverage.lines += coverage.lines;
  }
}

function verification(counts: Counts): string {
  const { rows, proven, tests, sandboxes } = counts;
  const how = proven === 1 ? "was proven by running its tests" : "were proven by running their tests";
  const confined = joined([...sandboxes].map((name) => (name === "none" ? "nothing" : name)));
  return (
    `## How it was verified\n\n` +
    `${proven} of ${count(rows, "row")} ${how}, ${count(tests, "test")} in all, sandboxed by: ${confined}.\n` +
    "Each test ran against the real code of the pinned source, and passed in every run, each with another " +
    "`PYTHONHASHSEED`. Of a response with good and bad tests,\n" +
    "only the good ones are here. The columns `tests_passed`, `runs` and `sandbox` say what was done for each row.\n" +
    `${values(counts)}${mutants(counts)}${coverage(counts)}${repairs(counts)}` +
    "To check a row yourself, install `package` in its `version`, write `preamble`, an empty line and the " +
    "assistant's message to a file, and run pytest on it.\n"
  );
}

/** Where expected values come from, of rows that a model wrote. */
function values({ values: { rows, recording, own, recorded } }: Counts): string {
  if (rows === 0) return "";
  const right =
    own === 1 ? "was right and stands as the model wrote it" : "were right and stand as the model wrote them";
  return (
    `What a model expected was held against the code in ${count(rows, "row")}: ${count(own, "expectation")} ` +
    `${right}, ${recorded} in ${count(recording, "row")} ${recorded === 1 ? "was" : "were"} wrong, ` +
    `and what the code answers\nstands in ${recorded === 1 ? "its" : "their"} place ` +
    "(`values`, `values_own`, `values_recorded`). A recorded value says what the code does today, the same in every " +
    "run, on another day and in another folder; it does not say\nwhat the code should do: where the code has a bug, " +
    "the value has it too.\n"
  );
}

/** What the tests of the rows noticed of changes. */
function mutants({ mutants: { rows, killing, killed, run }, proven }: Counts): string {
  if (rows === 0)
    return "Nothing was changed to see whether the tests notice: a row's tests may pass whatever the code does.\n";
  const others = proven - rows;
  const onNone = others === 0 ? "" : ` ${count(others, "row")} ${others === 1 ? "was" : "were"} run on none.`;
  return (
    `The tests of ${killing} of ${count(proven, "proven row")} fail on at least one mutant, a copy of the code with ` +
    "one small change: they pass because of what the code does.\n" +
    `${count(killed, "mutant")} of ${run} that were run ${killed === 1 ? "was" : "were"} killed, by the tests of a ` +
    `row together (\`mutants_killed\`, \`mutants_run\`).${onNone}\n`
  );
}

function coverage({ coverage: { rows, lines } }: Counts): string {
  return rows === 0
    ? ""
    : `The tests of ${count(rows, "row")} ran ${share(lines, rows)} of the lines of their target on average ` +
        `(\`line_coverage\`, \`branch_coverage\`).\n`;
}

function repairs({ repairs: found }: Counts): string {
  if (found.size === 0) return "";
  const each = [...found].map(([repair, n]) => `${code(repair)} (${count(n, "row")})`);
  return (
    `Tests that failed were mended before they passed, never in what they assert, by ${joined(each)}: see ` +
    `\`repair\`.\n`
  );
}

/** What became of what the models wrote. */
function acceptance({ byModel }: Counts, steps: readonly StepSummary[]): string {
  const asked = steps.filter(({ stage }) => stage === "generate");
  const answers = asked.reduce((sum, { out, rejectedParts }) => sum + out + rejectedParts, 0);
  return answers === 0
    ? ""
    : `Of ${count(answers, "answer")} that a model gave, ${byModel} (${share(byModel, answers)}) became rows: the ` +
        `others held no usable test, failed, or were duplicates.\n`;
}
