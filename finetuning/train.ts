import { existsSync } from "node:fs";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../pipeline/system/files/make-folder.js";
import { rowFiles, tokensFile, type TrainedAdapter, type TrainingRequest } from "../pipeline/contract/finetuning.js";
import { hashFile, hashValue } from "../pipeline/system/hash.js";
import { baseAsFolder, requireOneFile } from "./bases.js";
import { hashCommand } from "./command.js";
import { fineTuningIdentity } from "./identity.js";
import { collectResult, describeResult } from "./result.js";
import type { Surroundings } from "./run-program.js";
import { trainers } from "./trainers.js";
import { keepNewest, prepareWorkFolder } from "./work-folder.js";

/**
 * Trains once: a result is kept under the hash of everything that decides it, and so is the folder of a training that
 * was stopped, with its checkpoints.
 */
export async function train(request: TrainingRequest, surroundings: Surroundings): Promise<TrainedAdapter> {
  requireOneFile(request.base.path);
  const key = await keyOf(request);
  const root = join(surroundings.context.stateDir, "training");
  const finished = join(root, "finished", key);
  if (!existsSync(finished)) {
    const work = join(root, "work", key);
    const trainer = trainers[request.trainer];
    const base = trainer.needsFolder ? await baseAsFolder(request.base, surroundings) : request.base;
    await prepareWorkFolder(work, { ...request, base });
    await trainer.train(request, work, tellingAll(surroundings));
    await makeFolder(join(root, "finished"), key, async (partial) => await collectResult(work, partial, request));
    await keepNewest(join(root, "work"), { except: null, count: 2 });
    await keepNewest(join(root, "finished"), { except: key, count: 3 });
  }
  await cp(join(finished, "files"), request.folder, { recursive: true });
  return await describeResult(finished);
}

/** A stage is told of progress, and the screen of all that comes with it. */
function tellingAll({ context, onProgress }: Surroundings): Surroundings {
  return {
    context,
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
  const program = command === null ? null : await hashCommand(command);
  const own = rest.trainer === "peft" ? await fineTuningIdentity() : await trainers[rest.trainer].tool();
  return hashValue({ ...rest, base: base.sha256, rows, program, own }).slice(0, 32);
}
