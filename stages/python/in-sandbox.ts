import { PipelineError } from "../../pipeline/errors.js";
import { type Reason, reason } from "../../pipeline/reasons.js";
import type { AnyRecord, Source } from "../../pipeline/records.js";
import type { MutationResult, MutationRun, Sandbox, SandboxIdentity, TestResult } from "../../pipeline/sandbox.js";
import type { Context, Services } from "../../pipeline/stage.js";

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

/** What the sandbox says of a run that it lost; undefined where it lost none. */
export function lostIn({ fileError, verdicts }: TestResult): string | undefined {
  return [fileError, ...verdicts].find((verdict) => verdict?.reason === "infra")?.detail;
}

/** Tests on changed copies of their target; nothing is run twice. Throws an InfrastructureFailure where the sandbox lost the run. */
export async function mutated(request: MutationRun, identity: SandboxIdentity, context: Pick<Context, "remember"> & Pick<Services, "sandbox">): Promise<MutationResult> {
  return await context.remember({ mutants: request, identity }, async () => {
    try {
      return await context.sandbox.mutate(request);
    } catch (error) {
      if (error instanceof PipelineError && error.code === "sandbox") throw new InfrastructureFailure(error.message);
      throw error;
    }
  });
}

/** Works on a record. Where its source has no environment, or the sandbox lost the run, the record is left out as failed, and the answer is null. */
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

const freeMemory = "run it again: what failed is tried anew; where it stays so, look at the memory that is free, and lower `memory` or the number of workers";
const checkPython = "run it again once the packages of the source can be installed: pipeline doctor says what Python there is";

/** What broke around a record, as the reason why it failed; null where the error is no such thing. */
function whatBroke(error: unknown): Reason | null {
  if (error instanceof InfrastructureFailure) return reason("sandbox-lost", `the sandbox lost the run: ${error.message}`, freeMemory);
  if (error instanceof PipelineError && error.code === "python") return reason("environment", `no environment for its source: ${error.message}`, error.hint ?? checkPython);
  return null;
}
