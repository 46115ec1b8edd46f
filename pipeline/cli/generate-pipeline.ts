import { copyFile, mkdir } from "node:fs/promises";
import { constants } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Pipeline, Step } from "../engine/pipeline.js";
import { sha256 } from "../hash.js";
import { defaultCacheDir, packageRoot } from "../paths.js";
import type { Code } from "./generate-code.js";
import type { SettingOptions } from "./options.js";
import { readPipeline } from "./planning.js";
import { modelReference } from "./references.js";

export interface PipelineOptions extends SettingOptions {
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

/** The user's file, or config/generate.yaml, the user's or the one that ships, for this code and with what the command line says. */
export async function generatePipeline(code: Code, options: PipelineOptions): Promise<Pipeline> {
  const read = async (more: readonly string[] = []) => await readPipeline(options.config ?? "generate", { set: [...impliedSettings(code, options), ...more, ...options.set] });
  const asked = await read();
  const pipeline = options.repair === undefined ? asked : await read(repairSettings(asked, options.repair));
  const whole = options.verify ? pipeline : withoutVerification(pipeline);
  return dirname(pipeline.file) === join(packageRoot, "config") ? { ...whole, baseDir: await lockFolder(code) } : whole;
}

/** What the options of this command set in the pipeline file; `--set` is stronger. */
function impliedSettings({ root, include }: Code, { model, prompt, samples, limit, signatureOnly = false, keepFailing = false, verify }: PipelineOptions): string[] {
  const settings: Readonly<Record<string, unknown>> = {
    "ingest.sources": [`folder:${root}`],
    "ingest.include": include,
    "generate.model": model === undefined ? undefined : modelReference(model),
    "generate.prompt": prompt === undefined ? undefined : resolve(prompt),
    "generate.samples": samples,
    "generate.limit": limit,
    "generate.show": signatureOnly ? "signature" : undefined,
    "write.keepFailing": keepFailing ? true : undefined,
    "write.check": verify ? undefined : false,
  };
  return Object.entries(settings).flatMap(([path, value]) => (value === undefined ? [] : [`${path}=${JSON.stringify(value)}`]));
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
