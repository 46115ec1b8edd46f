import { copyFile, mkdir } from "node:fs/promises";
import { constants, existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { isConfiguration } from "../../engine/config/familiar-keys.js";
import { readYaml } from "../../engine/config/located.js";
import type { Pipeline } from "../../engine/config/pipeline.js";
import { PipelineError } from "../../system/errors.js";
import { sha256 } from "../../system/hash.js";
import { defaultCacheDir, packageRoot } from "../../system/paths.js";
import type { Code } from "./code.js";
import { impliedSettings, type PipelineOptions, projectSettings, repairSettings } from "./settings.js";
import { withKinds, withoutVerification } from "./steps.js";
import { readPipeline } from "../planning.js";

/**
 * The user's file, or the one in config/ that asks about one target or many, the user's or the one that ships, for this
 * code and with what the command line says.
 */
export async function generatePipeline(code: Code, options: PipelineOptions): Promise<Pipeline> {
  const { by, config, kinds, repair } = options;
  const implied = impliedSettings(code, options);
  const base = by === "shard" ? "generate-shards" : "generate";
  const file = config ?? (await fileFor(base));
  const read = async (more: readonly string[] = []) =>
    await readPipeline(file, { set: [...implied, ...more, ...options.set], base });
  const asked = await read();
  if (by === "shard" && !isByShard(asked)) {
    throw new PipelineError(`${asked.file} asks about one target at a time, and cannot be run by shard`, {
      code: "usage",
      hint: "leave --by shard out, or begin with a copy of config/generate-shards.yaml of this program",
    });
  }
  const pipeline = await read([
    ...projectSettings(code, asked, options),
    ...(repair === undefined ? [] : repairSettings(asked, repair)),
  ]);
  const wanted = kinds === undefined ? pipeline : withKinds(pipeline, kinds);
  const whole = options.verify ? wanted : withoutVerification(wanted);
  return dirname(pipeline.file) === join(packageRoot, "config") ? { ...whole, baseDir: await lockFolder(code) } : whole;
}

/** Whether a pipeline asks about many targets with one question. */
export function isByShard({ steps }: Pick<Pipeline, "steps">): boolean {
  return steps.some(({ stage }) => stage.writes.name === "Shard");
}

/** A config/generate.yaml of the user's that has no steps says how either is done. */
async function fileFor(base: string): Promise<string> {
  const own = resolve("config/generate.yaml");
  return base !== "generate" && existsSync(own) && isConfiguration((await readYaml(own)).value) ? own : base;
}

/**
 * What the project's dependencies were resolved to is kept in the user's cache: neither the project nor the folder of
 * this program is written to. The pins that ship are there from the beginning.
 */
async function lockFolder({ root }: Code): Promise<string> {
  const folder = join(defaultCacheDir(), "locks", sha256(`generate ${root}`).slice(0, 16));
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
