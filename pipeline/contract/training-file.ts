import { z } from "zod";
import { modelRef, type OtherNames, ownFileRef, withOtherNames } from "./reference.js";
import { folderName, TrainingConfig } from "./training-config.js";

const { lora, load_in_4bit, max_seq_length, training, output } = TrainingConfig.shape;

const asWritten = withoutDefaults(training.unwrap().shape);

/** Names that Hugging Face's `TrainingArguments` gives the same things. */
const TrainingArguments = {
  num_train_epochs: asWritten.epochs.describe("epochs"),
  lr_scheduler_type: asWritten.scheduler.describe("scheduler"),
  optim: z.enum(["adamw_torch", "adamw_torch_fused", "adamw_8bit", "adamw_bnb_8bit", "paged_adamw_8bit"]).optional(),
  bf16: z.boolean().optional().describe("precision: bf16; false says nothing, and `auto` chooses"),
  fp16: z.boolean().optional().describe("precision: fp16; false says nothing, and `auto` chooses"),
  save_total_limit: z.int().min(1).nullish().describe("Checkpoints that are kept: one is, in any case"),
  output_dir: folderName.optional().describe("output.output_dir"),
  dataset_path: z.string().min(1).optional().describe("The rows to train on, for the stage `read-dataset`"),
  eval_dataset_path: z.string().min(1).optional().describe("The rows to validate with"),
};
const TrainingSection = z.strictObject({ ...asWritten, ...TrainingArguments });
type TrainingSection = z.output<typeof TrainingSection>;

const Merge = z.strictObject({
  out_dir: folderName.describe("output.merged_dir"),
  save_method: z
    .enum(["bf16", "fp16", "merged_16bit"], {
      error:
        "expected bf16, fp16 or merged_16bit: merged weights are written in 16 bits; other formats are made by the " +
        "stage `convert`",
    })
    .optional(),
});

const BaseModel = modelRef({ can: ["weights", "template", "tokens"] });

/** Another name of a key, and where both may stand. */
const sections = ["training", "train"] as const;

const Written = z.strictObject({
  base_model: BaseModel,
  max_seq_length,
  load_in_4bit,
  bf16: TrainingArguments.bf16,
  fp16: TrainingArguments.fp16,
  lora,
  training: TrainingSection.optional(),
  train: TrainingSection.optional().describe("training"),
  output: z.strictObject(withoutDefaults(output.unwrap().shape)).optional(),
  merge: Merge.optional(),
  dataset_path: ownFileRef()
    .optional()
    .describe(TrainingArguments.dataset_path.description ?? ""),
  eval_dataset_path: ownFileRef()
    .optional()
    .describe(TrainingArguments.eval_dataset_path.description ?? ""),
});
type Written = z.output<typeof Written>;

/**
 * `sft.yaml` as people write it: ours, and the form that QLoRA scripts have (`train:`, `merge:`, the names of Hugging
 * Face's `TrainingArguments`). What it answers is a TrainingConfig, whichever form the file has.
 */
export const TrainingFile = withOtherNames(Written.superRefine(complainOf).transform(canonical), writtenAs);

/** Complains of what the file says twice, each where it stands. */
function complainOf(file: Written, context: z.RefinementCtx): void {
  const complain = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
  if (file.training !== undefined && file.train !== undefined)
    complain(["train"], "the file says the same under `training`: write one of the two");
  if (file.merge !== undefined && typeof file.output?.merged_dir === "string")
    complain(["merge"], "the file names a folder of merged weights under `output` too: write one of the two");
  for (const section of sections) {
    const written = file[section];
    if (written === undefined) continue;
    for (const [other, own] of doubled)
      if (written[other] !== undefined && written[own] !== undefined)
        complain([section, other], `the file says the same as ${own}: write one of the two`);
    const precisions = [
      written.precision !== undefined && "precision",
      ...(["bf16", "fp16"] as const).map((name) => (written[name] === true || file[name] === true) && name),
    ].filter((name) => name !== false);
    const [first = "", second] = precisions;
    if (second !== undefined)
      complain(
        [section, written[second as "fp16"] === undefined ? first : second],
        `${first} and ${second} cannot both be: write one of the two`,
      );
  }
}

const doubled = [
  ["num_train_epochs", "epochs"],
  ["lr_scheduler_type", "scheduler"],
  ["optim", "optimizer"],
] as const;

type WithoutDefaults<S extends z.ZodRawShape> = {
  readonly [K in keyof S]: z.ZodOptional<S[K] extends z.ZodDefault<infer Inner extends z.ZodType> ? Inner : S[K]>;
};

/** The same keys, of which nothing is filled in: what a file leaves out is looked for under its other name. */
function withoutDefaults<S extends z.ZodRawShape>(shape: S): WithoutDefaults<S> {
  const entries = Object.entries(shape).map(([key, schema]) => {
    const inner = schema instanceof z.ZodDefault ? schema.unwrap() : schema;
    return [key, (inner as z.ZodType).optional()];
  });
  return Object.fromEntries(entries) as WithoutDefaults<S>;
}

function canonical(file: Written): TrainingConfig {
  const section = file.training ?? file.train ?? {};
  const { num_train_epochs, lr_scheduler_type, optim, bf16, fp16, save_total_limit: _, output_dir, ...rest } = section;
  const { dataset_path, eval_dataset_path, ...own } = rest;
  const precision = bf16 || file.bf16 ? "bf16" : fp16 || file.fp16 ? "fp16" : undefined;
  const train = file.dataset_path ?? dataset_path;
  const val = file.eval_dataset_path ?? eval_dataset_path;
  return TrainingConfig.parse({
    base_model: /^[\w.-]+\/[\w.-]+$/u.test(file.base_model) ? `hf:${file.base_model}` : file.base_model,
    max_seq_length: file.max_seq_length,
    load_in_4bit: file.load_in_4bit,
    lora: file.lora,
    training: {
      ...own,
      ...(num_train_epochs !== undefined && { epochs: num_train_epochs }),
      ...(lr_scheduler_type !== undefined && { scheduler: lr_scheduler_type }),
      ...(optim !== undefined && { optimizer: optim.includes("8bit") ? "adamw_8bit" : "adamw" }),
      ...(precision !== undefined && { precision }),
    },
    output: {
      ...(output_dir !== undefined && { output_dir }),
      ...file.output,
      ...(file.merge !== undefined && { merged_dir: file.merge.out_dir }),
    },
    ...(train !== undefined && { dataset_path: train }),
    ...(val !== undefined && { eval_dataset_path: val }),
  });
}

function writtenAs([head = "", key = ""]: Parameters<OtherNames>[0]): ReturnType<OtherNames> {
  if (head === "dataset_path" || head === "eval_dataset_path") return inSections(head);
  if (head === "output") return key === "merged_dir" ? [["merge", "out_dir"]] : inSections(key);
  if (head !== "training") return [];
  const others = doubled.filter(([, own]) => own === key).flatMap(([other]) => inSections(other));
  const precisions = key === "precision" ? ["bf16", "fp16"].flatMap((name) => [...inSections(name), [name]]) : [];
  return [...inSections(key), ...others, ...precisions];
}

function inSections(key: string | number): PathInSection[] {
  return sections.map((section) => [section, key] as const);
}

type PathInSection = readonly [(typeof sections)[number], string | number];
