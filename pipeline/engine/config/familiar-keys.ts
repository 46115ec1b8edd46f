import { z } from "zod";
import { type Location, PipelineError } from "../../system/errors.js";
import { settableVariable } from "../../contract/sandbox.js";
import type { Path } from "./located.js";
import type { Origin } from "./origin.js";
import type { FoundStage } from "./stage-module.js";
import type { PlacedSetting } from "./settings.js";

/**
 * Settings under the names that tools for local models share, at the top of a pipeline file. They are another way to
 * write options of the steps whose stage takes them, and of the model that these ask, and stronger than what stands
 * there.
 */
export const FamiliarKeys = {
  model: z
    .strictObject({
      repo: z
        .string()
        .regex(/^[\w.-]+\/[\w.-]+(?:@[\w.-]+)?$/u, "expected OWNER/REPO, or OWNER/REPO@REVISION")
        .optional()
        .describe("Repository of the Hugging Face hub"),
      file: z.string().min(1).describe("GGUF file of the repository; without one, a path relative to this file"),
    })
    .optional()
    .describe("Who writes tests"),
  generation: z
    .strictObject({
      n_ctx: z.int().min(64).optional().describe("Tokens of context: contextTokens of the model"),
      batch_size: z
        .int()
        .min(1)
        .optional()
        .describe("Most tokens of a prompt that are evaluated at once: batchTokens of the model"),
      max_tokens: z.int().optional().describe("Most tokens of an answer: maxTokens of the steps that ask"),
      temperature: z.number().optional().describe("temperature of the steps that ask"),
      top_p: z.number().optional().describe("topP of the steps that ask"),
      top_k: z.int().optional().describe("topK of the steps that ask"),
      min_p: z.number().optional().describe("minP of the steps that ask"),
      repeat_penalty: z.number().optional().describe("repeatPenalty of the steps that ask"),
    })
    .optional()
    .describe("How answers are drawn"),
  prompt: z
    .strictObject({
      template: z
        .string()
        .min(1)
        .describe(
          "The question, with {{code}} and the like in it, or a prompt file (.yaml) relative to this file. ChatML is " +
            "asked as it stands, anything else in the model's own chat format",
        ),
    })
    .optional()
    .describe("How the model is asked"),
  hardware: z
    .strictObject({
      n_threads: z
        .int()
        .refine((count) => count === -1 || count >= 1, "expected -1 (chosen by the machine), or at least 1")
        .default(-1)
        .describe("Threads that models may take in all; -1: the physical cores less two, and all of two"),
    })
    .optional()
    .describe("What a run may take of the machine"),
  project: z
    .strictObject({
      env: z
        .record(
          z
            .string()
            .regex(
              settableVariable,
              "expected the name of a variable, and none that the sandbox itself goes by, such as PATH or PYTHONPATH",
            ),
          z.union([z.string(), z.number(), z.boolean()]).transform(String),
        )
        .default({})
        .describe(
          "Variables that the project's code finds in its environment when it is run in the sandbox: NAME: value",
        ),
    })
    .optional()
    .describe("What the project under test needs around it"),
  output: z
    .strictObject({
      default_dir: z
        .string()
        .min(1)
        .optional()
        .describe("Where `pipeline generate` puts test files without -o, relative to the working folder"),
    })
    .optional()
    .describe("Where results go"),
};

const Keys = z.object(FamiliarKeys);
type Keys = z.output<typeof Keys>;

/** Whether a file says nothing but how tests are generated: its steps are those that ship. */
export function isConfiguration(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    !("steps" in value) &&
    Object.keys(FamiliarKeys).some((key) => key in value)
  );
}

interface Surroundings {
  /** The stages of the steps, in order; undefined where that is a mistake by itself. */
  readonly stages: readonly (FoundStage | undefined)[];
  /** Absolute path of the pipeline file. */
  readonly file: string;
  readonly origin: (path: Path) => Origin;
  readonly locate: (path: Path) => Location;
}

/**
 * The familiar keys of a file as settings of what they mean; none where one is mistaken, which the file's own check
 * tells.
 * @param value the file's, with everything that was set beside it
 */
export function familiarSettings(value: unknown, { stages, file, origin, locate }: Surroundings): PlacedSetting[] {
  const { data } = Keys.safeParse(value);
  if (data === undefined) return [];
  const { model, generation = {}, prompt } = data;
  const raw = value as RawPipeline;
  const models = raw.models ?? {};
  const asking = stages.flatMap((found, index) => (found?.stage.takesSharedKeys === true ? [index] : []));
  const used = (["model", "generation", "prompt"] as const).find((key) => data[key] !== undefined);
  if (used !== undefined && asking.length === 0) {
    throw new PipelineError(`"${used}" says how models are asked, and no step of this file asks one by it`, {
      code: "config",
      hint: "add a step whose stage takes it, such as one that asks a model for tests",
      locations: [locate([used])],
    });
  }
  return asking.flatMap((step) => {
    const place = (name: string): Path => ["steps", step, "with", name];
    const from = (path: Path, at: Path, setting: unknown): PlacedSetting => ({
      place: at,
      value: setting,
      text: path.join("."),
      origin: origin(path),
    });
    // A model that was named beside the file is stronger; what is said of context and batches holds for it, too.
    const source = model === undefined || isBeside(origin(place("model"))) ? null : sourceOf(model);
    return [
      ...modelSettings({ source, asked: raw.steps?.[step]?.with?.model, models, generation }, place("model"), from),
      ...optionKeys.flatMap(([key, option]) =>
        generation[key] === undefined ? [] : [from(["generation", key], place(option), generation[key])],
      ),
      ...(prompt === undefined
        ? []
        : [
            from(
              ["prompt", "template"],
              place("prompt"),
              promptFile(prompt.template, file, origin(["prompt", "template"])),
            ),
          ]),
    ];
  });
}

/**
 * Settings of the model that a step asks: where it comes from, and how it is loaded. `asked` is what the step's option
 * says.
 */
function modelSettings(
  {
    source,
    asked,
    models,
    generation,
  }: {
    readonly source: string | null;
    readonly asked: unknown;
    readonly models: object;
    readonly generation: NonNullable<Keys["generation"]>;
  },
  option: Path,
  from: (path: Path, at: Path, setting: unknown) => PlacedSetting,
): PlacedSetting[] {
  const isNamed = typeof asked === "string" && Object.hasOwn(models, asked);
  const names = source === null || isNamed ? [asked].flat().filter((name) => typeof name === "string") : [source];
  const facts = modelKeys.filter(([key]) => generation[key] !== undefined);
  return [
    ...(source === null
      ? []
      : [from(["model", "file"], isNamed ? ["models", asked] : option, isNamed ? { source } : source)]),
    ...names.flatMap((name) =>
      facts.flatMap(([key, fact], index) => [
        // A model that the step names by its source has no entry of its own until something is said of it.
        ...(index === 0 && !Object.hasOwn(models, name)
          ? [from(["generation", key], ["models", name, "source"], name)]
          : []),
        from(["generation", key], ["models", name, fact], generation[key]),
      ]),
    ),
  ];
}

/** What of a pipeline file is looked at, whatever else is wrong with it. */
interface RawPipeline {
  readonly steps?: readonly ({
    readonly with?: { readonly model?: unknown } | null;
  } | null)[];
  readonly models?: object | null;
}

const modelKeys = [
  ["n_ctx", "contextTokens"],
  ["batch_size", "batchTokens"],
] as const;
const optionKeys = [
  ["max_tokens", "maxTokens"],
  ["temperature", "temperature"],
  ["top_p", "topP"],
  ["top_k", "topK"],
  ["min_p", "minP"],
  ["repeat_penalty", "repeatPenalty"],
] as const;

function sourceOf({ repo, file }: NonNullable<Keys["model"]>): string {
  if (repo !== undefined) return `hf:${repo}/${file}`;
  return /^[a-z]+:/u.test(file) ? file : `file:${file}`;
}

/** A template that stands in the file is read from there; a name of a prompt file is one of any option `prompt`. */
function promptFile(template: string, file: string, origin: Origin): string {
  if (/^[^\n]+\.ya?ml$/u.test(template.trim())) return template.trim();
  if (!isBeside(origin)) return file;
  throw new PipelineError(`prompt.template cannot be a whole text here: ${origin.text ?? origin.from}`, {
    code: "usage",
    hint: "write it into a file, and name that: --config FILE, or --set prompt.template=FILE.yaml",
  });
}

function isBeside({ from }: Origin): boolean {
  return from === "environment" || from === "command line";
}
