import { PipelineError } from "../../../pipeline/system/errors.js";
import { type Reason, reason } from "../../../pipeline/contract/reasons.js";
import type { AnyRecord, Source } from "../../../pipeline/contract/kind.js";
import type { Sandbox, SandboxIdentity } from "../../../pipeline/contract/sandbox.js";
import type { RecordedCall, RecordRequest } from "../../../pipeline/contract/sandbox.js";
import type { MutationResult, MutationRun } from "../../../pipeline/contract/mutation.js";
import type { ExpectationResult, ExpectationRun } from "../../../pipeline/contract/expectation.js";
import type {
  InPlaceRun,
  OriginalResult,
  OriginalRun,
  TestResult,
  TestRun,
} from "../../../pipeline/contract/test-run.js";
import type { Context, Needed } from "../../../pipeline/contract/stage.js";

/** What runs a source's code, asked for once a source: part of the key of whatever is remembered of a run. */
export function sandboxIdentities(sandbox: Sandbox): (source: Source) => Promise<SandboxIdentity> {
  const known = new Map<string, Promise<SandboxIdentity>>();
  return ({ ref, name, version }) => {
    const key = JSON.stringify([ref, version]);
    const identity = known.get(key) ?? sandbox.identity({ ref, name, version });
    known.set(key, identity);
    return identity;
  };
}

/** Something around a run broke: the next run may go well, so nothing of it is remembered. */
export class InfrastructureFailure extends Error {
  override readonly name = "InfrastructureFailure";
}

/** A run of tests of which the sandbox lost a part, with what is known of the others. */
export class LostRun extends InfrastructureFailure {
  constructor(
    detail: string,
    readonly result: TestResult,
  ) {
    super(detail);
  }
}

/** What a run needs of a stage's context: the sandbox, and the memory of what was run before. */
export type InSandbox = Pick<Context, "remember"> & Needed<"sandbox">;

/**
 * Tests on their source; nothing is run twice, whichever stage asks. Throws a LostRun where the sandbox lost the run.
 */
export async function tested(request: TestRun, identity: SandboxIdentity, context: InSandbox): Promise<TestResult> {
  return await remembered({ tests: request, identity }, context, async () =>
    whole(await context.sandbox.runTests(request)),
  );
}

/**
 * A file of tests where it stands in its source; nothing is run twice. Throws a LostRun where the sandbox lost the run.
 */
export async function testedInPlace(
  request: InPlaceRun,
  identity: SandboxIdentity,
  context: InSandbox,
): Promise<TestResult> {
  return await remembered({ inPlace: request, identity }, context, async () =>
    whole(await context.sandbox.runInPlace(request)),
  );
}

/**
 * A test as a person wrote it; nothing is run twice. Throws an InfrastructureFailure where the sandbox lost the run.
 */
export async function testedAsWritten(
  request: OriginalRun,
  identity: SandboxIdentity,
  context: InSandbox,
): Promise<OriginalResult> {
  return await remembered({ original: request, identity }, context, async () => {
    const result = await context.sandbox.runOriginal(request);
    if (result.reason === "infra") throw new InfrastructureFailure(result.detail);
    return result;
  });
}

/**
 * Tests on changed copies of their target; nothing is run twice. Throws an InfrastructureFailure where the sandbox lost
 * the run.
 */
export async function mutated(
  request: MutationRun,
  identity: SandboxIdentity,
  context: InSandbox,
): Promise<MutationResult> {
  return await remembered(
    { mutants: request, identity },
    context,
    async () => await orLost(context.sandbox.mutate(request)),
  );
}

/**
 * What tests expect, held against the code; nothing is run twice. Throws an InfrastructureFailure where the sandbox
 * lost a run.
 */
export async function observed(
  request: ExpectationRun,
  identity: SandboxIdentity,
  context: InSandbox,
): Promise<ExpectationResult> {
  const otherPython = await context.sandbox.otherPython();
  return await remembered(
    { expectations: request, identity, otherPython },
    context,
    async () => await orLost(context.sandbox.observe(request)),
  );
}

/** What calls answer; nothing is called twice. Throws an InfrastructureFailure where the sandbox lost the calls. */
export async function called(
  request: RecordRequest,
  identity: SandboxIdentity,
  context: InSandbox,
): Promise<readonly RecordedCall[]> {
  return await remembered(
    { calls: request, identity },
    context,
    async () => await orLost(context.sandbox.record(request)),
  );
}

/**
 * What came of a run does not depend on the stage that asked for it. The number is part of what it is remembered under:
 * raise it when the same run would be judged in another way, and nothing of the Python that runs it has changed.
 */
async function remembered<T>(key: unknown, context: InSandbox, run: () => Promise<T>): Promise<T> {
  return await context.remember(key, run, "sandbox 1");
}

function whole(result: TestResult): TestResult {
  const lost = [result.fileError, ...result.verdicts].find((verdict) => verdict?.reason === "infra")?.detail;
  if (lost !== undefined) throw new LostRun(lost, result);
  return result;
}

async function orLost<T>(running: Promise<T>): Promise<T> {
  try {
    return await running;
  } catch (error) {
    if (error instanceof PipelineError && error.code === "sandbox") throw new InfrastructureFailure(error.message);
    throw error;
  }
}

/**
 * Works on a record. Where its source has no environment, or the sandbox lost the run, the record is left out as
 * failed, and the answer is null.
 */
export async function orFail<T>(record: AnyRecord, context: Context, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    const broken = whatBroke(error);
    if (broken === null) throw error;
    context.fail(record, broken);
    return null;
  }
}

const freeMemory =
  "run it again: what failed is tried anew; where it stays so, look at the memory that is free, and lower `memory` " +
  "or the number of workers";
const checkPython =
  "run it again once the packages of the source can be installed: pipeline doctor says what Python there is";

/** What broke around a record, as the reason why it failed; null where the error is no such thing. */
export function whatBroke(error: unknown): Reason | null {
  if (error instanceof InfrastructureFailure)
    return reason("sandbox-lost", `the sandbox lost the run: ${error.message}`, freeMemory);
  if (error instanceof PipelineError && error.code === "python")
    return reason("environment", `no environment for its source: ${error.message}`, error.hint ?? checkPython);
  return null;
}
