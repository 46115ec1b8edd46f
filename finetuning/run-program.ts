import { join } from "node:path";
import { createStopWithin } from "../pipeline/system/abort.js";
import { ChildError, runChild } from "../pipeline/system/child.js";
import { PipelineError } from "../pipeline/system/errors.js";
import type { TrainingProgress } from "../pipeline/contract/finetuning.js";
import type { ServiceContext } from "../pipeline/contract/service.js";
import { LogFile } from "./log-file.js";
import { progressFile, readLine } from "./progress.js";

/** How a program is started. */
export interface Start {
  /** As errors call it. */
  readonly what: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What is around a program that trains: who stops it, and who hears how far it is. */
export interface Surroundings {
  /** Its signal stops the program, which is given a moment to save what it has. */
  readonly context: Pick<ServiceContext, "cacheDir" | "stateDir" | "emit" | "signal">;
  readonly onProgress: (progress: TrainingProgress) => void;
}

/** Milliseconds that a program has to end by itself, once it is told to stop: who presses Ctrl-C waits no longer. */
const timeToSave = 1200;

/**
 * Runs a program in a folder, to its end, and listens to the lines that it writes. Its words of progress are kept in
 * progress.jsonl, and all else that it says in output.log. A PipelineError `disk` where these cannot be written.
 */
export async function runProgram(
  { what, program, args, env }: Start,
  folder: string,
  { context, onProgress }: Surroundings,
): Promise<void> {
  const { stop, release } = createStopWithin(context.signal);
  const log = new LogFile(join(folder, "output.log"), () => stop.abort());
  const progress = new LogFile(join(folder, progressFile), () => stop.abort());
  let mistake: string | null = null;
  try {
    await runChild(program, args, {
      cwd: folder,
      env,
      signal: stop.signal,
      grace: timeToSave,
      code: "training",
      onErrorLine: (line) => log.write(line),
      onLine(line) {
        const said = readLine(line);
        if (said === null) log.write(line);
        else if ("message" in said) context.emit({ type: "notice", level: "info", message: said.message });
        else if ("error" in said) mistake = said.error;
        else {
          progress.write(line);
          onProgress(said.progress);
        }
      },
    });
  } catch (error) {
    if (!(error instanceof ChildError)) throw log.failure ?? progress.failure ?? error;
    throw explain(error, mistake ?? lastWords(error), what, log.path);
  } finally {
    release();
    await Promise.all([log.end(), progress.end()]);
  }
  const failure = log.failure ?? progress.failure;
  if (failure !== null) throw failure;
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
