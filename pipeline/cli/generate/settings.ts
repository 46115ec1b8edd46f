import { resolve } from "node:path";
import type { Pipeline } from "../../engine/config/pipeline.js";
import { PipelineError } from "../../system/errors.js";
import type { Code } from "./code.js";
import type { suites } from "./steps.js";
import type { SettingOptions } from "../options.js";
import { modelReference } from "../references.js";

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
  /** Who knows what a call answers. */
  readonly values?: "recorded" | "own";
  readonly explainValues?: boolean;
  /** Answers that the model may try for an example of which no test passes. */
  readonly repair?: number;
  /** false: --no-verify */
  readonly verify: boolean;
}

/**
 * What the options of this command set in the pipeline file, each as `--set` takes it; `--set` is stronger. Throws a
 * PipelineError (usage) where options do not go together.
 */
export function impliedSettings(code: Code, options: PipelineOptions): string[] {
  expectOptionsFit(options);
  return written({
    ...codeSettings(code),
    ...(options.by === "shard" ? shardSettings(options) : targetSettings(options)),
    ...writeSettings(options),
  });
}

/**
 * A file that reads the whole project for its routes does so for this one, and takes those of the named files. Where
 * nothing of the project is to be run, its applications are not asked either.
 */
export function projectSettings(
  { root, include }: Code,
  { steps }: Pipeline,
  { verify }: Pick<PipelineOptions, "verify">,
): string[] {
  const has = (id: string) => steps.some((step) => step.id === id);
  return written({
    "routes.discover": has("routes") && !verify ? "never" : undefined,
    "project.sources": has("project") ? [`folder:${root}`] : undefined,
    "routes.include": has("project") && has("routes") ? include : undefined,
  });
}

/** Who wrote the tests repairs them, where the file names no one, and is asked as the prompt file that ships says. */
export function repairSettings({ steps }: Pipeline, attempts: number): string[] {
  const optionsOf = (id: string) => steps.find((step) => step.id === id)?.options ?? {};
  const [writer] = [optionsOf("generate")["model"]].flat();
  const repair = {
    model: writer,
    prompt: "prompts/pytest.yaml",
    ...(optionsOf("verify")["repair"] as object),
    attempts,
  };
  return written({ "verify.repair": repair });
}

type Settings = Readonly<Record<string, unknown>>;

function written(settings: Settings): string[] {
  return Object.entries(settings).flatMap(([path, value]) =>
    value === undefined ? [] : [`${path}=${JSON.stringify(value)}`],
  );
}

function codeSettings({ root, include }: Code): Settings {
  return { "ingest.sources": [`folder:${root}`], "ingest.include": include };
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
function shardSettings({
  model,
  prompt,
  targetsPerShard,
  attempts,
  limit,
  signatureOnly = false,
}: PipelineOptions): Settings {
  const both = {
    model: model === undefined ? undefined : modelReference(model),
    prompt: prompt === undefined ? undefined : resolve(prompt),
  };
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

function writeSettings({ keepFailing = false, verify, values, explainValues = false }: PipelineOptions): Settings {
  // Which of an answer's tests have failed is told by what is left of it: nothing may be left out that passes.
  const kept = keepFailing && verify ? { "verify.smallest": false } : {};
  return {
    ...kept,
    "record-values.values": verify ? values : undefined,
    "write.explainValues": explainValues ? true : undefined,
    "write.keepFailing": keepFailing ? true : undefined,
    "write.check": verify ? undefined : false,
  };
}

function expectOptionsFit({ by, samples, targetsPerShard, attempts }: PipelineOptions): void {
  const wrong = Object.entries(
    by === "shard" ? { "--samples": samples } : { "--targets-per-shard": targetsPerShard, "--attempts": attempts },
  ).find(([, value]) => value !== undefined);
  if (wrong === undefined) return;
  const [flag] = wrong;
  throw new PipelineError(
    by === "shard"
      ? `${flag} does not go with --by shard: a shard gets one answer after another`
      : `${flag} goes with --by shard alone`,
    {
      code: "usage",
      hint: by === "shard" ? "say how often a shard is asked about: --attempts NUMBER" : "add --by shard",
    },
  );
}
