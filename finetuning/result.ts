import { existsSync } from "node:fs";
import { copyFile, cp, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { z } from "zod";
import { PipelineError } from "../pipeline/system/errors.js";
import type { TrainedAdapter, TrainingRequest } from "../pipeline/contract/finetuning.js";
import { progressFile, readProgress } from "./progress.js";
import { parseJson } from "../pipeline/system/files/parse-json.js";

const leftOutFile = "left-out.jsonl";
const LeftOut = z.object({ id: z.string(), reason: z.string().min(1) });
const Facts = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

/** Gathers what a training left, in the form in which it is kept and given out; the folder that it worked in goes. */
export async function collectResult(
  work: string,
  place: string,
  { config: { output } }: TrainingRequest,
): Promise<void> {
  const files = join(place, "files");
  await mkdir(join(files, "training"), { recursive: true });
  await takeFolder(join(work, "adapter"), join(files, output.output_dir), "the adapter");
  if (output.merged_dir !== null)
    await takeFolder(join(work, "merged"), join(files, output.merged_dir), "the merged model");
  await copyFile(join(work, "training.json"), join(files, "training/training.json"));
  await writeFile(join(place, "facts.json"), `${JSON.stringify(await readFacts(work), null, 2)}\n`);
  await writeFile(join(place, leftOutFile), await readFile(join(work, leftOutFile), "utf8").catch(() => ""));
  // Speeds and times are readings of a clock, which say nothing of the result.
  const log = await readProgress(join(work, progressFile));
  await writeFile(
    join(files, "training/log.jsonl"),
    log.map(({ tokens_per_second: _speed, eta: _eta, ...entry }) => `${JSON.stringify(entry)}\n`).join(""),
  );
  await rm(work, { recursive: true });
}

/**
 * What is kept of a training in a folder that `collectResult` filled: paths of its files, POSIX and in order, its
 * facts, and the rows that were left out. Throws a PipelineError (training) where the trainer wrote down something else
 * than these.
 */
export async function describeResult(folder: string): Promise<TrainedAdapter> {
  const root = join(folder, "files");
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"));
  return { files: files.toSorted(), facts: await readFacts(folder), leftOut: await readLeftOut(folder) };
}

async function takeFolder(from: string, to: string, what: string): Promise<void> {
  const names = await readdir(from).catch(() => []);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(from, name))).size));
  if (sizes.some((size) => size > 0)) return await cp(from, to, { recursive: true });
  throw new PipelineError(`the trainer ended well, but left nothing where ${what} goes: ${from}`, {
    code: "training",
    hint:
      "a trainer writes the adapter's files into the folder that training.json names under `adapter`; see " +
      "finetuning/README.md",
  });
}

/** What a trainer wants to be known of the training: facts.json, which it may leave out. */
async function readFacts(folder: string): Promise<TrainedAdapter["facts"]> {
  const path = join(folder, "facts.json");
  if (!existsSync(path)) return {};
  const facts = Facts.safeParse(parseJson(await readFile(path, "utf8")));
  if (facts.success) return facts.data;
  throw new PipelineError(`${path}: expected one JSON object whose values are texts, numbers, true or false`, {
    code: "training",
    hint: "the trainer wrote it",
  });
}

/** Rows that a trainer leaves out: it may list them in this file, one a line. */
async function readLeftOut(folder: string): Promise<TrainedAdapter["leftOut"]> {
  const path = join(folder, leftOutFile);
  const lines = (await readFile(path, "utf8")).split("\n").filter((line) => line !== "");
  return lines.map((line, index) => {
    const entry = LeftOut.safeParse(parseJson(line));
    if (entry.success) return entry.data;
    throw new PipelineError(`${path}:${index + 1}: expected {"id": ..., "reason": ...}`, {
      code: "training",
      hint: "the trainer wrote it",
    });
  });
}
