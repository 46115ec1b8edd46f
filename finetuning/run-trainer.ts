import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { ChildError, runChild } from "../pipeline/child.js";
import { PipelineError } from "../pipeline/errors.js";
import type { TrainingRequest } from "../pipeline/finetuning.js";
import { progressFile, readLine } from "./progress.js";
import type { Surroundings } from "./train.js";
import { trainerCommand } from "./trainers.js";

/** Milliseconds that a trainer has, once it is told to stop, to save a checkpoint and end. */
const timeToSave = 30_000;

/** Runs the trainer in its folder, to its end. What it says is kept in progress.jsonl and trainer.log. */
export async function runTrainer(request: TrainingRequest, work: string, { context, signal, onProgress }: Surroundings): Promise<void> {
  const { program, args, env } = await trainerCommand(request, context);
  const log = createWriteStream(join(work, "trainer.log"), { flags: "a" });
  const progress = createWriteStream(join(work, progressFile), { flags: "a" });
  try {
    const { stderr } = await runChild(program, [...args, work], {
      cwd: work, env, signal, grace: timeToSave, code: "training",
      onLine(line) {
        const said = readLine(line);
        if (said === null) log.write(`${line}\n`);
        else if ("message" in said) context.emit({ type: "notice", level: "info", message: said.message });
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
    throw explain(error, join(work, "trainer.log"));
  } finally {
    await Promise.all([log, progress].map(async (stream) => await finished(stream.end())));
  }
}

function explain(error: ChildError, log: string): PipelineError {
  const [said] = error.stderr.trim().split("\n").slice(-1);
  return new PipelineError(`the trainer failed (exit status ${error.status}): ${said === undefined || said === "" ? "it said nothing" : said}`, {
    code: "training",
    hint: `all that it said: ${log}\nonce that is mended, run the same command again: it goes on from the last checkpoint`,
    cause: error,
  });
}
