import { PipelineError } from "../../pipeline/errors.js";
import type { AnyRecord, Source } from "../../pipeline/records.js";
import type { Sandbox, SandboxIdentity } from "../../pipeline/sandbox.js";
import type { Context } from "../../pipeline/stage.js";

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

/** Works on a record. Where its source has no environment, or the sandbox lost the run, the record is left out as failed, and the answer is null. */
export async function orFail<T>(record: AnyRecord, context: Context, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === null) throw error;
    context.fail(record, reason);
    return null;
  }
}

function reasonOf(error: unknown): string | null {
  if (error instanceof InfrastructureFailure) return `infra: ${error.message}`;
  if (error instanceof PipelineError && error.code === "python") return `python: ${error.message}`;
  return null;
}
