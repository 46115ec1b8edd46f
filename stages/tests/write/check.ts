import { reason } from "../../../pipeline/contract/reasons.js";
import type { Verdict } from "../../../pipeline/contract/verdict.js";
import type { SandboxIdentity } from "../../../pipeline/contract/sandbox.js";
import type { TestResult, TestRun } from "../../../pipeline/contract/test-run.js";
import type { Context, Needed } from "../../../pipeline/contract/stage.js";
import { tested, whatBroke } from "../lib/in-sandbox.js";
import { reasonOf } from "../lib/judgement.js";
import { withoutTests } from "../lib/test-functions.js";
import { markExpectedFailures } from "./expected-failures.js";
import { merge, type MergedFile } from "./merge.js";
import type { PlannedFile, PlannedUnit } from "./plan.js";

/** How a whole file is run. */
export interface Check {
  readonly limits: Pick<TestRun, "timeout" | "memory">;
  readonly identity: SandboxIdentity;
}

/** A test file as it is written, with what of the plan it holds. */
export interface CheckedFile {
  readonly text: string;
  /** What was put into it, with the names that its tests have there; units may share a test. */
  readonly units: readonly { readonly unit: PlannedUnit; readonly tests: readonly string[] }[];
  /** Names of the tests that are marked as failing. */
  readonly failing: readonly string[];
}

type InSandbox = Pick<Context, "use" | "drop" | "fail" | "reject" | "remember"> & Needed<"sandbox">;

/**
 * The text of a file, run as it stands unless `check` is null. A test that fails in it is marked, where the file may
 * hold failing tests, and is cut out otherwise. Accounts for the examples; null where no test is left, and where the
 * sandbox lost the run: nothing is known of the file then.
 */
export async function checkFile(
  file: PlannedFile,
  check: Check | null,
  context: InSandbox,
): Promise<CheckedFile | null> {
  try {
    return await checked(file, check, context);
  } catch (error) {
    const broken = whatBroke(error);
    if (broken === null) throw error;
    for (const { example, isFailing } of file.units) if (!isFailing) context.fail(example, broken);
    return null;
  }
}

async function checked(file: PlannedFile, check: Check | null, context: InSandbox): Promise<CheckedFile | null> {
  const keepsFailing = file.units.some(({ isFailing }) => isFailing);
  const merged = merge(file.units, { ownPackage: packageOf(file), uses: keepsFailing ? ["pytest"] : [] });
  if (check === null) return account(file, merged, merged.text, [], context);
  const result = await run(file, merged.text, check, context);
  if (result.fileError !== null) {
    if (keepsFailing) return await checkFile({ ...file, units: await loadable(file, check, context) }, check, context);
    const { reason: word, detail } = result.fileError;
    for (const { example } of file.units)
      context.drop(example, reason("whole-file-fails", `the whole file fails, ${word}: ${detail}`));
    return null;
  }
  const failures = result.verdicts.filter(({ outcome }) => outcome !== "passed");
  if (failures.length === 0 || keepsFailing)
    return account(file, merged, markExpectedFailures(merged.text, failures), failures, context);
  return await cutOut(file, merged, failures, check, context);
}

/**
 * The units without those that keep the file from being loaded: what never passed may do so. None that failed, where
 * that is not told by each of them.
 */
async function loadable(file: PlannedFile, check: Check, context: InSandbox): Promise<PlannedUnit[]> {
  const errors = await Promise.all(
    file.units.map(async (unit) =>
      unit.isFailing
        ? (await run(file, merge([unit], { ownPackage: packageOf(file), uses: ["pytest"] }).text, check, context))
            .fileError
        : null,
    ),
  );
  const isTold = errors.some((error) => error !== null);
  return file.units.filter(({ example, evidence, isFailing, response }, index) => {
    const error = errors[index] ?? null;
    if (!isFailing || (isTold && error === null)) return true;
    const why =
      error === null
        ? reason("fails-beside-others", "beside the other tests the file cannot be loaded")
        : reasonOf(error);
    context.reject({ target: evidence.target.qualifiedName, response }, example, why);
    return false;
  });
}

/** Tests pass alone and fail side by side where one changes what another one sees. */
async function cutOut(
  file: PlannedFile,
  merged: MergedFile,
  failures: readonly Verdict[],
  check: Check,
  context: InSandbox,
): Promise<CheckedFile | null> {
  const units = file.units.flatMap((unit, index) => {
    const bad = new Map(
      [...(merged.tests[index] ?? [])].flatMap(([name, inFile]) => {
        const verdict = failures.find(({ test }) => test === inFile);
        return verdict === undefined ? [] : [[name, verdict] as const];
      }),
    );
    if (bad.size === 0) return [unit];
    for (const [test, { reason: word, outcome, detail }] of bad) {
      const why = reason("fails-beside-others", `beside the other tests of the file, ${word ?? outcome}: ${detail}`);
      context.reject({ target: unit.evidence.target.qualifiedName, test }, unit.example, why);
    }
    const response =
      bad.size === merged.tests[index]?.size ? null : withoutTests(unit.response, ({ name }) => bad.has(name));
    if (response === null)
      context.drop(
        unit.example,
        reason("no-test-passes-beside-others", "no test passes beside the other tests of the file"),
      );
    return response === null ? [] : [{ ...unit, response }];
  });
  return units.length === 0 ? null : await checkFile({ ...file, units }, check, context);
}

async function run(
  { source: { ref, name, version } }: PlannedFile,
  code: string,
  { limits, identity }: Check,
  context: InSandbox,
): Promise<TestResult> {
  const request: TestRun = { source: { ref, name, version }, code, target: null, hashSeeds: [0], ...limits };
  return await tested(request, identity, context);
}

function account(
  { units }: PlannedFile,
  { tests }: MergedFile,
  text: string,
  failures: readonly Verdict[],
  context: InSandbox,
): CheckedFile {
  for (const { example, isFailing } of units) if (!isFailing) context.use(example);
  return {
    text,
    units: units.map((unit, index) => ({ unit, tests: [...(tests[index]?.values() ?? [])] })),
    failing: failures.map(({ test }) => test),
  };
}

/** Top-level package of the code under test. */
function packageOf({ units }: PlannedFile): string {
  return units[0]?.evidence.target.module.split(".", 1)[0] ?? "";
}
