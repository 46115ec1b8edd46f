import { PipelineError, serializeError } from "../../system/errors.js";

/** Something that pipelines need of a machine, or can do more with. */
export interface Check {
  readonly name: string;
  readonly look: (signal: AbortSignal) => Promise<Finding>;
}

/** What a look at the machine has found. */
export interface Finding {
  /**
   * `absent`: an optional part that is not there; `warning`: something will be slow, missing or untried; `problem`:
   * pipelines cannot run here as they are.
   */
  readonly status: "ok" | "absent" | "warning" | "problem";
  readonly found: string;
  readonly details?: readonly string[];
  /** What to do about it. */
  readonly fix?: string;
}

/**
 * What a look finds; where it throws, its error as a finding of this status, with the error's own hint or else `fix`.
 * An interrupt goes on.
 */
export async function orElse(
  status: Exclude<Finding["status"], "ok">,
  look: () => Promise<Finding>,
  fix: string,
): Promise<Finding> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof PipelineError && error.code === "interrupted") throw error;
    const { message, hint } = serializeError(error);
    const [found = "", ...details] = message.split("\n");
    return { status, found, details, fix: hint ?? fix };
  }
}
