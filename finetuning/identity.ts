import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { FineTuningIdentity } from "../pipeline/contract/finetuning.js";
import { hashValue, sha256 } from "../pipeline/system/hash.js";
import { packagesHash } from "../pipeline/system/python/packages.js";
import { packageRoot } from "../pipeline/system/paths.js";
import { findPython } from "../pipeline/system/python/interpreter.js";
import { llamaCppRelease } from "./llama-cpp.js";

/** Folder of the Python programs and of the lock of what they run with. */
export const programsFolder = join(packageRoot, "finetuning/peft");

/** Everything of this toolkit that can change what a training gives. */
export async function fineTuningIdentity(): Promise<FineTuningIdentity> {
  const [python, lock, programs] = await Promise.all([findPython(), environmentLock(), hashPrograms()]);
  return {
    python: python.version,
    environment: packagesHash(lock, python),
    programs,
    llamaCpp: await llamaCppRelease(),
  };
}

/** What the programs run with, as the text of a lock file. */
export async function environmentLock(): Promise<string> {
  return await readFile(join(programsFolder, "requirements.lock"), "utf8");
}

async function hashPrograms(): Promise<string> {
  const names = (await readdir(programsFolder)).filter((name) => name.endsWith(".py")).toSorted();
  return hashValue(
    await Promise.all(names.map(async (name) => [name, sha256(await readFile(join(programsFolder, name), "utf8"))])),
  );
}
