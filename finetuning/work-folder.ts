import { existsSync } from "node:fs";
import { copyFile, lstat, mkdir, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { unfinishedFolder } from "../pipeline/system/files/work-folder.js";
import { rowFiles, tokensFile, type TrainingRequest } from "../pipeline/contract/finetuning.js";
import type { TrainingConfig } from "../pipeline/contract/training-config.js";

/** What a trainer reads: `training.json`. Every path is relative to its folder. */
export interface TrainingDescription {
  /** Of this contract. */
  readonly version: 1;
  /** What the pipeline calls the base. */
  readonly base_model: string;
  /** The base model: a GGUF file, or a folder in the form of transformers. */
  readonly base: string;
  readonly train: string;
  readonly val: string | null;
  /**
   * Tokens of some rows as llama.cpp makes them, which have to be the trainer's own; null where they are not to be
   * compared.
   */
  readonly tokens: string | null;
  /** The chat template, in Jinja; null: the one that the base brings. */
  readonly chat_template: string | null;
  /** Where checkpoints go, in any form; what is in it when the program starts is of the same training. */
  readonly checkpoints: string;
  /** Where the adapter goes. */
  readonly adapter: string;
  /** Where the base merged with the adapter goes; null where it is not asked for. */
  readonly merged: string | null;
  readonly seed: number;
  /** sft.yaml with what it leaves out filled in, without base_model and output. */
  readonly config: Omit<TrainingConfig, "base_model" | "output">;
}

/** Makes the folder that a trainer works in, or brings back the one of a training that was stopped. */
export async function prepareWorkFolder(work: string, request: TrainingRequest): Promise<void> {
  const description = await describeTraining(request);
  await mkdir(join(work, description.checkpoints), { recursive: true });
  await copyFile(join(request.folder, rowFiles.train), join(work, description.train));
  if (description.val !== null) await copyFile(join(request.folder, rowFiles.val), join(work, description.val));
  if (description.tokens !== null) await copyFile(join(request.folder, tokensFile), join(work, description.tokens));
  await linkBase(join(work, description.base), request.base.path);
  await writeFile(join(work, "training.json"), `${JSON.stringify(description, null, 2)}\n`);
}

async function describeTraining({
  config,
  base,
  chatTemplate,
  folder,
  seed,
}: TrainingRequest): Promise<TrainingDescription> {
  const {
    base_model: name,
    output: { merged_dir: merged },
    ...rest
  } = config;
  return {
    version: 1,
    base_model: name,
    base: (await stat(base.path)).isDirectory() ? "base" : "base.gguf",
    train: "train.jsonl",
    val: existsSync(join(folder, rowFiles.val)) ? "val.jsonl" : null,
    tokens: existsSync(join(folder, tokensFile)) ? "tokens.jsonl" : null,
    chat_template: chatTemplate,
    checkpoints: "checkpoints",
    adapter: "adapter",
    merged: merged === null ? null : "merged",
    seed,
    config: rest,
  };
}

async function linkBase(link: string, base: string): Promise<void> {
  if ((await lstat(link).catch(() => null)) !== null) await rm(link);
  await symlink(resolve(base), link);
}

/** Removes all folders below one but the newest: checkpoints and weights would fill the disk. */
export async function keepNewest(
  root: string,
  { except, count }: { readonly except: string | null; readonly count: number },
): Promise<void> {
  const names = (await readdir(root)).filter((name) => name !== except && name !== unfinishedFolder);
  const dated = await Promise.all(
    names.map(async (name) => ({ name, changed: (await stat(join(root, name))).mtimeMs })),
  );
  const old = dated.toSorted((a, b) => b.changed - a.changed).slice(except === null ? count : count - 1);
  await Promise.all(old.map(async ({ name }) => await rm(join(root, name), { recursive: true, force: true })));
}
