import type { SourceFile, Target, Verdict } from "../../pipeline/records.js";
import type { MutationResult, SandboxIdentity, TestResult, TestRun } from "../../pipeline/sandbox.js";
import type { Context, Services } from "../../pipeline/stage.js";
import { TestModule } from "../mine/test-module.js";
import type { CheckedTarget, CheckedTest } from "./report.js";

interface Checked {
  readonly tests: readonly CheckedTest[];
  readonly targets: readonly CheckedTarget[];
}

/** A test file, and what there is to test. */
interface Subject {
  readonly name: string;
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

type InSandbox = Pick<Context, "remember"> & Pick<Services, "sandbox">;

/** Runs a file as it stands, and then what passes on changed copies of each function that it is about. */
export async function checkFile(subject: Subject, limits: Limits, context: InSandbox): Promise<Checked> {
  const { name: file } = subject;
  const { verdicts, fileError } = await runTests(subject, { target: null, hashSeeds: Array.from({ length: limits.runs }, (_, seed) => seed) }, limits, context);
  if (fileError !== null) return { tests: [{ file, name: null, ...fileError, targets: [] }], targets: [] };

  const passing = passed(verdicts);
  const targets: CheckedTarget[] = [];
  for (const target of passing.size === 0 || limits.mutants === 0 ? [] : targetsOf(subject)) {
    const checked = await checkTarget(subject, target, passing, limits, context);
    if (checked !== null) targets.push(checked);
  }
  const tests = verdicts.map(({ test, ...verdict }) => ({ file, name: test, ...verdict, targets: targets.filter((target) => target.tests.includes(test)).map(({ name }) => name) }));
  return { tests, targets };
}

/** Functions that tests of the file use. A class stands for itself only where no test uses a method of it. */
function targetsOf({ file, targets }: Subject): Target[] {
  const { tests } = new TestModule(file);
  const used = targets.filter((target) => file.text.includes(target.name) && tests.some((test) => test.usesTarget(target)));
  const isCovered = ({ module, qualifiedName }: Target) => used.some((other) => other.module === module && other.qualifiedName.startsWith(`${qualifiedName}.`));
  return used.filter((target) => target.targetKind !== "class" || !isCovered(target));
}

/** null where no passing test is about the target: none calls it and asserts something. */
async function checkTarget(subject: Subject, target: Target, passing: ReadonlySet<string>, limits: Limits, context: InSandbox): Promise<CheckedTarget | null> {
  const { module, qualifiedName, source } = target;
  const place = { module, qualifiedName };
  const { verdicts, coverage } = await runTests(subject, { target: place, hashSeeds: [0], coverage: true }, limits, context);
  const tests = [...passed(verdicts)].filter((test) => passing.has(test));
  if (tests.length === 0) return null;
  const { mutants, total } = await mutate(subject, place, tests, limits, context);
  const count = (wanted: string) => mutants.filter(({ outcome }) => outcome === wanted).length;
  return {
    file: subject.name, name: `${module}.${qualifiedName}`, path: source?.path ?? null, line: source?.lines?.[0] ?? null, tests, coverage,
    mutants: { killed: count("killed"), survived: count("survived"), timeouts: count("timeout"), run: mutants.length, total },
    survivors: mutants.filter(({ outcome }) => outcome === "survived").map(({ operator, line, diff }) => ({ operator, line, diff })),
  };
}

async function runTests(
  { file: { text: code }, source, identity }: Subject, how: Pick<TestRun, "target" | "hashSeeds" | "coverage">, { timeout, memory }: Limits, context: InSandbox,
): Promise<TestResult> {
  const request: TestRun = { source, code, ...how, timeout, memory };
  try {
    return await context.remember({ request, identity }, async () => {
      const result = await context.sandbox.runTests(request);
      if ([result.fileError, ...result.verdicts].some((verdict) => verdict?.reason === "infra")) throw new LostRun(result);
      return result;
    });
  } catch (error) {
    if (error instanceof LostRun) return error.result;
    throw error;
  }
}

/** The sandbox lost the run: told as it is, and not remembered. */
class LostRun extends Error {
  override readonly name = "LostRun";
  constructor(readonly result: TestResult) {
    super("the sandbox lost the run");
  }
}

async function mutate(
  { file: { text: code }, source, identity }: Subject, target: NonNullable<TestRun["target"]>, tests: readonly string[], { mutants: limit, timeout, memory }: Limits, context: InSandbox,
): Promise<MutationResult> {
  const request = { source, code, target, tests, hashSeed: 0, limit, enough: null, timeout, memory };
  return await context.remember({ mutants: request, identity }, async () => await context.sandbox.mutate(request));
}

function passed(verdicts: readonly Verdict[]): Set<string> {
  return new Set(verdicts.filter(({ outcome }) => outcome === "passed").map(({ test }) => test));
}
