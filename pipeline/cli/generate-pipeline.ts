import { copyFile, mkdir } from "node:fs/promises";
import { constants, existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { isConfiguration } from "../engine/familiar-keys.js";
import { readYaml } from "../engine/located.js";
import type { Pipeline, Step } from "../engine/pipeline.js";
import { PipelineError } from "../errors.js";
import { sha256 } from "../hash.js";
import { defaultCacheDir, packageRoot } from "../paths.js";
import type { Code } from "./generate-code.js";
import type { SettingOptions } from "./options.js";
import { readPipeline } from "./planning.js";
import { modelReference } from "./references.js";

/** What gets tests of its own kind: functions and classes, or the routes of a web application. */
export const suites = ["unit", "e2e"] as const;

export interface PipelineOptions extends SettingOptions {
  /** Whether a model is asked about one target, or about many at once. */
  readonly by: "file" | "shard";
  /** Those of the pipeline file unless told. */
  readonly kinds?: readonly (typeof suites)[number][];
  readonly targetsPerShard?: number;
  readonly attempts?: number;
  /** A pipeline file, or one with the keys of `generate` alone; config/generate.yaml unless told. */
  readonly config?: string;
  readonly model?: string;
  readonly prompt?: string;
  readonly samples?: number;
  readonly limit?: number;
  readonly signatureOnly?: boolean;
  readonly keepFailing?: boolean;
  /** Answers that the model may try for an example of which no test passes. */
  readonly repair?: number;
  /** false: --no-verify */
  readonly verify: boolean;
}

/** The user's file, or the one in config/ that asks about one target or many, the user's or the one that ships, for this code and with what the command line says. */
export async function generatePipeline(code: Code, options: PipelineOptions): Promise<Pipeline> {
  expectOptionsFit(options);
  const { by, config, kinds, repair } = options;
  const [base, settings] = by === "shard" ? ["generate-shards", shardSettings(options)] as const : ["generate", targetSettings(options)] as const;
  const file = config ?? await fileFor(base);
  const implied = written({ ...codeSettings(code), ...settings, ...writeSettings(options) });
  const read = async (more: readonly string[] = []) => await readPipeline(file, { set: [...implied, ...more, ...options.set], base });
  const asked = await read();
  if (by === "shard" && !isByShard(asked)) {
    throw new PipelineError(`${asked.file} asks about one target at a time, and cannot be run by shard`, { code: "usage", hint: "leave --by shard out, or begin with a copy of config/generate-shards.yaml of this program" });
  }
  const pipeline = await read([...written(projectSettings(code, asked)), ...(repair === undefined ? [] : repairSettings(asked, repair))]);
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

function expectOptionsFit({ by, samples, targetsPerShard, attempts }: PipelineOptions): void {
  const wrong = Object.entries(by === "shard" ? { "--samples": samples } : { "--targets-per-shard": targetsPerShard, "--attempts": attempts }).find(([, value]) => value !== undefined);
  if (wrong === undefined) return;
  const [flag] = wrong;
  throw new PipelineError(by === "shard" ? `${flag} does not go with --by shard: a shard gets one answer after another` : `${flag} goes with --by shard alone`, {
    code: "usage", hint: by === "shard" ? "say how often a shard is asked about: --attempts NUMBER" : "add --by shard",
  });
}

type Settings = Readonly<Record<string, unknown>>;

function codeSettings({ root, include }: Code): Settings {
  return { "ingest.sources": [`folder:${root}`], "ingest.include": include };
}

/** A file that reads the whole project for its routes does so for this one, and takes those of the named files. */
function projectSettings({ root, include }: Code, { steps }: Pipeline): Settings {
  const has = (id: string) => steps.some((step) => step.id === id);
  return { ...(has("project") && { "project.sources": [`folder:${root}`] }), ...(has("project") && has("routes") && { "routes.include": include }) };
}

function targetSettings({ model, prompt, samples, limit, signatureOnly = false }: PipelineOptions): Settings {
  return {
    "generate.model": model === undefined ? undefined : modelReference(model),
    "generate.prompt": prompt === undefined ? undefined : resolve(prompt),
    "generate.samples": samples,
    "generate.limit": limit,
    "generate.show": signatureOnly ? "signature" : undefined,
  };
}

/** The step that divides the targets counts with the model and the prompt that the next one asks with. */
function shardSettings({ model, prompt, targetsPerShard, attempts, limit, signatureOnly = false }: PipelineOptions): Settings {
  const both = { model: model === undefined ? undefined : modelReference(model), prompt: prompt === undefined ? undefined : resolve(prompt) };
  return {
    "shard.model": both.model,
    "shard.prompt": both.prompt,
    "shard.targetsPerShard": targetsPerShard,
    "shard.limit": limit,
    "shard.show": signatureOnly ? "signature" : undefined,
    "generate.model": both.model,
    "generate.prompt": both.prompt,
    "generate.attempts": attempts,
  };
}

function writeSettings({ keepFailing = false, verify }: PipelineOptions): Settings {
  return { "write.keepFailing": keepFailing ? true : undefined, "write.check": verify ? undefined : false };
}

/** What the options of this command set in the pipeline file; `--set` is stronger. */
function written(settings: Settings): string[] {
  return Object.entries(settings).flatMap(([path, value]) => (value === undefined ? [] : [`${path}=${JSON.stringify(value)}`]));
}

/** Only the steps that find targets of these kinds. */
function withKinds(pipeline: Pipeline, kinds: readonly (typeof suites)[number][]): Pipeline {
  const finders = { unit: "extract", e2e: "routes" } as const;
  for (const kind of kinds) {
    if (pipeline.steps.some(({ id }) => id === finders[kind])) continue;
    throw new PipelineError(`${pipeline.file} finds no ${kind} targets: it has no step "${finders[kind]}"`, { code: "usage", hint: `add one, as config/generate.yaml of this program has, or leave ${kind} out of --kinds` });
  }
  const wanted = suites.filter((kind) => !kinds.includes(kind)).reduce((left, kind) => without(left, finders[kind]), pipeline);
  const isRead = wanted.steps.some(({ from }) => [...from.values()].flat().includes("project"));
  return isRead ? wanted : without(wanted, "project");
}

/** The pipeline without a step that others can do without. */
function without({ steps, ...rest }: Pipeline, id: string): Pipeline {
  const lessOf = (step: Step): Step => ({ ...step, from: new Map([...step.from].map(([input, ids]) => [input, ids.filter((each) => each !== id)])) });
  return { ...rest, steps: steps.filter((step) => step.id !== id).map(lessOf) };
}

/** Who wrote the tests repairs them, where the file names no one, and is asked as the prompt file that ships says. */
function repairSettings({ steps }: Pipeline, attempts: number): string[] {
  const optionsOf = (id: string) => steps.find((step) => step.id === id)?.options ?? {};
  const [writer] = [optionsOf("generate")["model"]].flat();
  const repair = { model: writer, prompt: "prompts/pytest.yaml", ...optionsOf("verify")["repair"] as object, attempts };
  return [`verify.repair=${JSON.stringify(repair)}`];
}

/** Steps that read what the step `verify` passes on read what comes into it. */
function withoutVerification({ steps, ...rest }: Pipeline): Pipeline {
  const before = steps.find(({ id }) => id === "verify")?.from.get("") ?? [];
  const around = (step: Step): Step => ({ ...step, from: new Map([...step.from].map(([input, ids]) => [input, ids.flatMap((id) => (id === "verify" ? before : [id]))])) });
  return { ...rest, steps: steps.filter(({ id }) => id !== "verify").map(around) };
}

/**
 * What the project's dependencies were resolved to is kept in the user's cache: neither the project nor the folder of
 * this program is written to. The pins that ship are there from the beginning.
 */
async function lockFolder({ root }: Code): Promise<string> {
  const folder = join(defaultCacheDir(), "locks", sha256(`generate ${root}`).slice(0, 16));
  await mkdir(folder, { recursive: true });
  await copyFile(join(packageRoot, "config/pipeline.lock"), join(folder, "pipeline.lock"), constants.COPYFILE_EXCL).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  });
  return folder;
}
