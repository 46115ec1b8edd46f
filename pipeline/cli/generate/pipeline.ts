import { copyFile, mkdir } from "node:fs/promises";
import { constants, existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { isConfiguration } from "../../engine/config/familiar-keys.js";
import { readYaml } from "../../engine/config/located.js";
import type { GivenParameter } from "../../engine/config/parameters/given.js";
import type { Pipeline } from "../../engine/config/pipeline.js";
import { PipelineError } from "../../system/errors.js";
import { sha256 } from "../../system/hash.js";
import { openCacheDir } from "../../system/cache-dir.js";
import { packageRoot } from "../../system/paths.js";
import type { Code } from "./code.js";
import { givenCode, givenRepair } from "./given.js";
import type { FileOptions } from "../options.js";
import { readParameters } from "../../parameters.js";
import { readPipeline } from "../planning.js";

/** What a command line says of the pipeline that writes tests. */
export interface PipelineOptions extends FileOptions, Way {
  /** Answers that the model may try for an example of which no test passes. */
  readonly repair?: number;
}

/** Which pipeline file it is. */
export interface Way {
  /** Whether a model is asked about one target, or about many at once. */
  readonly by: "file" | "shard";
  /** A pipeline file, or one with keys of one alone; the one in config/ unless told. */
  readonly config?: string;
}

/** Names of the pipelines that ship, by the way that they ask. */
export const shipped = { file: "generate", shard: "generate-shards" } as const;

/**
 * The user's file, or the one in config/ that asks about one target or many, the user's or the one that ships, for this
 * code and with what the command line says.
 */
export async function generatePipeline(
  code: Code,
  { repair, given = [], set, ...way }: PipelineOptions,
): Promise<Pipeline> {
  const file = await fileFor(way);
  const base = shipped[way.by];
  await expectDeclared(file, base);
  const read = async (more: readonly GivenParameter[] = []) =>
    await readPipeline(file, { set, given: [...givenCode(code), ...given, ...more], base, lender: base });
  const asked = await read();
  if (way.by === "shard" && !isByShard(asked)) {
    throw new PipelineError(`${asked.file} asks about one target at a time, and cannot be run by shard`, {
      code: "usage",
      hint: "leave --by shard out, or begin with a copy of config/generate-shards.yaml of this program",
    });
  }
  const pipeline = repair === undefined ? asked : await read([givenRepair(asked, repair)]);
  return dirname(pipeline.file) === join(packageRoot, "config")
    ? { ...pipeline, baseDir: await lockFolder(code) }
    : pipeline;
}

/** Throws a PipelineError (config) where a file has no parameters for what the command gives. */
async function expectDeclared(file: string, lender: string): Promise<void> {
  const declared = await readParameters({ file, cwd: process.cwd(), lender, base: lender });
  if (declared === null || ["source", "include"].every((name) => declared.some((each) => each.name === name))) return;
  throw new PipelineError(
    `${file} does not say where the code comes from: it declares no parameters source and include`,
    {
      code: "config",
      hint: "add to it  parameters: { source: { sets: STEP.sources }, include: { sets: STEP.include } }",
    },
  );
}

/** Whether a pipeline asks about many targets with one question. */
export function isByShard({ steps }: Pick<Pipeline, "steps">): boolean {
  return steps.some(({ stage }) => stage.writes.name === "Shard");
}

/** A config/generate.yaml of the user's that has no steps says how either is done. */
export async function fileFor({ by, config }: Way): Promise<string> {
  if (config !== undefined) return config;
  const own = resolve("config/generate.yaml");
  return by === "shard" && existsSync(own) && isConfiguration((await readYaml(own)).value) ? own : shipped[by];
}

/**
 * What the project's dependencies were resolved to is kept in the user's cache: neither the project nor the folder of
 * this program is written to. The pins that ship are there from the beginning.
 */
async function lockFolder({ root }: Code): Promise<string> {
  const folder = join(openCacheDir(), "locks", sha256(`generate ${root}`).slice(0, 16));
  await mkdir(folder, { recursive: true });
  await copyFile(
    join(packageRoot, "config/pipeline.lock"),
    join(folder, "pipeline.lock"),
    constants.COPYFILE_EXCL,
  ).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  });
  return folder;
}
