import type { SourceFile } from "../../../pipeline/contract/records.js";
import type { Target } from "../../python/lib/records.js";
import type { Verdict } from "../../../pipeline/contract/verdict.js";
import type { SandboxIdentity } from "../../../pipeline/contract/sandbox.js";
import type { TestResult, TestRun } from "../../../pipeline/contract/test-run.js";
import { TestModule } from "../lib/test-module.js";
import { InfrastructureFailure, type InSandbox, LostRun, mutated, tested, testedInPlace } from "../lib/in-sandbox.js";
import { whereItStands } from "./where-it-stands.js";
import type { CheckedTarget, CheckedTest, CheckedTests, LostTarget } from "./report.js";

type Checked = Omit<CheckedTests, "sandbox">;

/** A test file, and what there is to test. */
interface Subject {
  readonly name: string;
  /** POSIX path inside the source; null where the source does not hold it. */
  readonly path: string | null;
  readonly file: SourceFile;
  readonly targets: readonly Target[];
  readonly source: TestRun["source"];
  readonly identity: SandboxIdentity;
}

interface Limits {
  readonly runs: number;
  readonly mutants: number;
  readonly timeout: number;
  readonly memory: number;
}

/** Runs a file as it stands, and then what passes on changed copies of each function that it is about. */
export async function checkFile(subject: Subject, limits: Limits, context: InSandbox): Promise<Checked> {
  const { name: file } = subject;
  const alone = await runFile(subject, limits, context);
  const {
    verdicts,
    fileError,
    hollow = {},
    inPlace,
  } = await whereItStands(alone, subject.path, async (path) => await runInPlace(subject, path, limits, context));
  if (fileError !== null) return { tests: [checkedTest(file, { test: null, ...fileError })], targets: [], lost: [] };

  // What is around a file is not there for the mutants of what it tests.
  const passing = new Set([...passed(verdicts)].filter((test) => !inPlace.has(test)));
  const targets: CheckedTarget[] = [];
  const lost: LostTarget[] = [];
  for (const target of passing.size === 0 || limits.mutants === 0 ? [] : targetsOf(subject)) {
    try {
      const checked = await checkTarget(subject, target, passing, limits, context);
      if (checked !== null) targets.push(checked);
    } catch (error) {
      if (!(error instanceof InfrastructureFailure)) throw error;
      lost.push({ file, name: `${target.module}.${target.qualifiedName}`, detail: error.message });
    }
  }
  const tests = verdicts.map((verdict) =>
    inPlace.has(verdict.test)
      ? checkedInPlace(file, verdict)
      : checkedTest(
          file,
          verdict,
          hollow[verdict.test],
          targets.filter((target) => target.tests.includes(verdict.test)).map(({ name }) => name),
        ),
  );
  return { tests, targets, lost };
}

/** A verdict as the report has it: what pytest skips is not what fails. */
export function checkedTest(
  file: string,
  { test: name, outcome, reason, detail }: Omit<Verdict, "test"> & { readonly test: string | null },
  hollow?: string,
  targets: readonly string[] = [],
): CheckedTest {
  const isPassed = outcome === "passed";
  return {
    file,
    name,
    outcome: reason === "skipped" ? "skipped" : outcome,
    reason,
    detail,
    proves: isPassed ? hollow === undefined : null,
    note: isPassed ? (hollow ?? null) : null,
    targets,
  };
}

/** What its text alone tells of a test that relies on what is around it is too little to say what it proves. */
function checkedInPlace(file: string, verdict: Verdict): CheckedTest {
  const note =
    verdict.outcome === "passed"
      ? "passes with what is around its file: conftest.py, settings; on mutants it was not run"
      : null;
  return { ...checkedTest(file, verdict), proves: null, note };
}

/** Functions that tests of the file use. A class stands for itself only where no test uses a method of it. */
function targetsOf({ file, targets }: Subject): Target[] {
  const { tests } = new TestModule(file);
  const used = targets.filter(
    (target) => file.text.includes(target.name) && tests.some((test) => test.usesTarget(target)),
  );
  const isCovered = ({ module, qualifiedName }: Target) =>
    used.some((other) => other.module === module && other.qualifiedName.startsWith(`${qualifiedName}.`));
  return used.filter((target) => target.targetKind !== "class" || !isCovered(target));
}

/** null where no passing test is about the target: none calls it and asserts something. */
async function checkTarget(
  subject: Subject,
  target: Target,
  passing: ReadonlySet<string>,
  limits: Limits,
  context: InSandbox,
): Promise<CheckedTarget | null> {
  const { module, qualifiedName, source } = target;
  const place = { module, qualifiedName };
  const { verdicts, coverage } = await runTests(
    subject,
    { target: place, hashSeeds: [0], coverage: true },
    limits,
    context,
  );
  const tests = [...passed(verdicts)].filter((test) => passing.has(test));
  if (tests.length === 0) return null;
  const { mutants, total } = await mutated(
    {
      source: subject.source,
      code: subject.file.text,
      target: place,
      tests,
      hashSeed: 0,
      limit: limits.mutants,
      enough: null,
      timeout: limits.timeout,
      memory: limits.memory,
    },
    subject.identity,
    context,
  );
  const count = (wanted: string) => mutants.filter(({ outcome }) => outcome === wanted).length;
  return {
    file: subject.name,
    name: `${module}.${qualifiedName}`,
    path: source?.path ?? null,
    line: source?.lines?.[0] ?? null,
    tests,
    coverage,
    mutants: {
      killed: count("killed"),
      survived: count("survived"),
      timeouts: count("timeout"),
      run: mutants.length,
      total,
    },
    survivors: mutants
      .filter(({ outcome }) => outcome === "survived")
      .map(({ operator, line, diff }) => ({ operator, line, diff })),
  };
}

/** The whole file, once a hash seed. What the sandbox lost is told as it is. */
async function runFile(subject: Subject, limits: Limits, context: InSandbox): Promise<TestResult> {
  try {
    return await runTests(
      subject,
      { target: null, hashSeeds: Array.from({ length: limits.runs }, (_, seed) => seed) },
      limits,
      context,
    );
  } catch (error) {
    if (error instanceof LostRun) return error.result;
    throw error;
  }
}

async function runTests(
  { file: { text: code }, source, identity }: Subject,
  how: Pick<TestRun, "target" | "hashSeeds" | "coverage">,
  { timeout, memory }: Limits,
  context: InSandbox,
): Promise<TestResult> {
  return await tested({ source, code, ...how, timeout, memory }, identity, context);
}

async function runInPlace(
  { source, identity }: Subject,
  path: string,
  { timeout, memory }: Limits,
  context: InSandbox,
): Promise<TestResult> {
  try {
    return await testedInPlace({ source, path, timeout, memory }, identity, context);
  } catch (error) {
    if (error instanceof LostRun) return error.result;
    throw error;
  }
}

function passed(verdicts: readonly Verdict[]): Set<string> {
  return new Set(verdicts.filter(({ outcome }) => outcome === "passed").map(({ test }) => test));
}
