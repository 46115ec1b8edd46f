import { existsSync } from "node:fs";
import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../pipeline/atomic-folder.js";
import { PipelineError } from "../pipeline/errors.js";
import { rowFiles, tokensFile, type TrainedAdapter, type TrainingRequest } from "../pipeline/finetuning.js";
import { hashFile, hashValue } from "../pipeline/hash.js";
import { fineTuningIdentity } from "./identity.js";
import { collectResult, describeResult } from "./result.js";
import { runProgram, type Surroundings } from "./run-program.js";
import { trainerStart } from "./trainers.js";
import { keepNewest, prepareWorkFolder } from "./work-folder.js";

/**
 * Trains once: a result is kept under the hash of everything that decides it, and so is the folder of a training that
 * was stopped, with its checkpoints.
 */
export async function train(request: TrainingRequest, surroundings: Surroundings): Promise<TrainedAdapter> {
  const key = await keyOf(request);
  const root = join(surroundings.context.stateDir, "training");
  const finished = join(root, "finished", key);
  if (!existsSync(finished)) {
    const work = join(root, "work", key);
    await prepareWorkFolder(work, request);
    await runProgram(await trainerStart(request, work, surroundings.context), work, tellingAll(surroundings));
    await makeFolder(join(root, "finished"), key, async (partial) => await collectResult(work, partial, request));
    await keepNewest(join(root, "work"), { except: null, count: 2 });
    await keepNewest(join(root, "finished"), { except: key, count: 3 });
  }
  await cp(join(finished, "files"), request.folder, { recursive: true });
  return await describeResult(finished);
}

/** A stage is told of progress, and the screen of all that comes with it. */
function tellingAll({ context, signal, onProgress }: Surroundings): Surroundings {
  return {
    context,
    signal,
    onProgress(progress) {
      const { step, steps, loss, learning_rate: learningRate, tokens_per_second: tokensPerSecond, eta } = progress;
      context.emit({ type: "training", step, steps, loss, learningRate, tokensPerSecond, eta });
      onProgress(progress);
    },
  };
}

/** Everything that can change what the training gives. */
async function keyOf({ folder, base, command, ...rest }: TrainingRequest): Promise<string> {
  const files = [rowFiles.train, rowFiles.val, tokensFile].map((name) => join(folder, name));
  const rows = await Promise.all(files.map(async (path) => (existsSync(path) ? await hashFile(path) : null)));
  const program = command === null ? null : { ...command, program: await hashProgram(command.program) };
  const own = rest.trainer === "command" ? null : await fineTuningIdentity();
  return hashValue({ ...rest, base: base.sha256, rows, program, own }).slice(0, 32);
}

async function hashProgram(path: string): Promise<string> {
  try {
    return hashValue((await readFile(path)).toString("base64"));
  } catch (error) {
    throw new PipelineError(`cannot read the trainer's program ${path}`, { code: "reference", hint: "check the path; it is relative to the pipeline file", cause: error });
  }
}
