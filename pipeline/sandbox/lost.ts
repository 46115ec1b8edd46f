import type { OriginalResult, TestResult } from "../contract/test-run.js";
import { PipelineError } from "../system/errors.js";
import { RunnerLost } from "./runner.js";

/** What a test came to; where its runner was lost, an error of what is around it, which says nothing of the test. */
export async function originalOrLost(run: () => Promise<OriginalResult>): Promise<OriginalResult> {
  return await unlessLost(run, infra);
}

/** The same of a test file. */
export async function resultOrLost(run: () => Promise<TestResult>): Promise<TestResult> {
  return await unlessLost(run, (why) => ({ verdicts: [], fileError: infra(why), coverage: null }));
}

/**
 * A PipelineError `sandbox` where what runs it was lost.
 * @param message what is said of that, before the reason: "the sandbox lost calls"
 */
export async function orFail<T>(message: string, run: () => Promise<T>): Promise<T> {
  return await unlessLost(run, (why, cause) => {
    throw new PipelineError(`${message}: ${why}`, { code: "sandbox", cause });
  });
}

async function unlessLost<T>(run: () => Promise<T>, lost: (why: string, cause: RunnerLost) => T): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof RunnerLost)) throw error;
    return lost(error.message.slice(0, 300), error);
  }
}

function infra(detail: string): OriginalResult {
  return { outcome: "error", reason: "infra", detail };
}
