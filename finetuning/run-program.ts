import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { ChildError, runChild } from "../pipeline/child.js";
import { PipelineError } from "../pipeline/errors.js";
import type { TrainingProgress } from "../pipeline/finetuning.js";
import type { ServiceContext } from "../pipeline/service.js";
import { progressFile, readLine } from "./progress.js";

/** How a program is started. */
export interface Start {
  /** As errors call it. */
  readonly what: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Surroundings {
  readonly context: Pick<ServiceContext, "cacheDir" | "stateDir" | "emit">;
  /** Stops the program, which is given time to save what it has. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: TrainingProgress) => void;
}

/** Milliseconds that a program has to end by itself, once it is told to stop. */
const timeToSave = 30_000;

/**
 * Runs a program in a folder, to its end, and listens to the lines that it writes. Its words of progress are kept in
 * progress.jsonl, and all else that it says in output.log.
 */
export async function runProgram({ what, program, args, env }: Start, folder: string, { context, signal, onProgress }: Surroundings): Promise<void> {
  const log = createWriteStream(join(folder, "output.log"), { flags: "a" });
  const progress = createWriteStream(join(folder, progressFile), { flags: "a" });
  let mistake: string | null = null;
  try {
    const { stderr } = await runChild(program, args, {
      cwd: folder, env, signal, grace: timeToSave, code: "training",
      onLine(line) {
        const said = readLine(line);
        if (said === null) log.write(`${line}\n`);
        else if ("message" in said) context.emit({ type: "notice", level: "info", message: said.message });
        else if ("error" in said) mistake = said.error;
        else {
          progress.write(`${line}\n`);
          onProgress(said.progress);
        }
      },
    });
    log.write(stderr);
  } catch (error) {
    if (!(error instanceof ChildError)) throw error;
    log.write(error.stderr);
    throw explain(error, mistake ?? lastWords(error), what, join(folder, "output.log"));
  } finally {
    await Promise.all([log, progress].map(async (stream) => await finished(stream.end())));
  }
}

function lastWords({ stderr }: ChildError): string {
  return stderr.trim().split("\n").at(-1) || "it said nothing";
}

function explain(error: ChildError, said: string, what: string, log: string): PipelineError {
  return new PipelineError(`${what} failed (exit status ${error.status}): ${said}`, {
    code: "training",
    hint: `all that it said: ${log}\nonce that is mended, run the same command again: what it has saved is kept`,
    cause: error,
  });
}
