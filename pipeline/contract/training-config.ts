import { z } from "zod";
import { modelRef, ownFileRef } from "./reference.js";

const names = (values: readonly string[], what: string) => z.enum(values as [string, ...string[]]).describe(what);

/** Linear layers of the architectures that llama.cpp converts, as transformers names them. */
const modules = [
  "q_proj",
  "k_proj",
  "v_proj",
  "o_proj",
  "gate_proj",
  "up_proj",
  "down_proj",
  "qkv_proj",
  "gate_up_proj",
  "query_key_value",
  "dense",
  "dense_h_to_4h",
  "dense_4h_to_h",
  "fc1",
  "fc2",
  "c_attn",
  "c_proj",
  "c_fc",
] as const;

const Lora = z.strictObject({
  r: z.int().min(1).max(1024).default(16).describe("Rank of the update"),
  alpha: z.number().positive().default(32).describe("Scale of the update, which is multiplied by alpha / r"),
  dropout: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe("Part of the update's inputs that is left out at random while training"),
  target_modules: z
    .union([z.literal("all-linear"), z.array(names(modules, "A linear layer, as transformers names it")).min(1)])
    .default("all-linear")
    .describe("Linear layers that are trained; all-linear: every one but the output head"),
});

const Training = z
  .strictObject({
    epochs: z.number().positive().default(1).describe("Passes over the training rows; may be a part of one"),
    max_steps: z
      .int()
      .min(1)
      .nullable()
      .default(null)
      .describe("Most optimiser steps, whatever the epochs say; null: no limit"),
    per_device_train_batch_size: z.int().min(1).default(8).describe("Rows that go through the model at once"),
    gradient_accumulation_steps: z.int().min(1).default(1).describe("Batches to an optimiser step"),
    learning_rate: z.number().positive().default(2e-4).describe("Highest learning rate"),
    optimizer: z
      .enum(["auto", "adamw", "adamw_8bit"])
      .default("auto")
      .describe("auto: adamw_8bit where CUDA is, else adamw"),
    scheduler: z
      .enum(["constant", "linear", "cosine"])
      .default("cosine")
      .describe("How the learning rate falls after the warm-up"),
    warmup_ratio: z.number().min(0).lt(1).default(0.03).describe("Part of the steps in which the learning rate rises"),
    seed: z
      .int()
      .min(0)
      .max(2 ** 32 - 1)
      .optional()
      .describe("What is drawn at random follows from it; the pipeline's unless told"),
    weight_decay: z.number().min(0).default(0).describe("AdamW's weight decay"),
    max_grad_norm: z.number().positive().default(1).describe("Gradients are scaled down to this norm"),
    logging_steps: z.int().min(1).default(1).describe("Steps from one word of progress to the next"),
    save_steps: z.int().min(1).default(20).describe("Steps from one checkpoint to the next"),
    precision: z
      .enum(["auto", "bf16", "fp16", "fp32", "int8"])
      .default("auto")
      .describe(
        "int8: fp32, where products with frozen weights are taken in 8 bits, on a CPU; auto: bf16 or int8 where the " +
          "machine computes in it fast, else fp32 on a CPU and fp16 on CUDA",
      ),
  })
  .refine(({ optimizer, precision }) => optimizer !== "adamw_8bit" || (precision !== "fp32" && precision !== "int8"), {
    error: "adamw_8bit goes with bf16 or fp16",
    path: ["optimizer"],
  });

/** A folder below the pipeline's outputs. */
export const folderName = z.string().regex(/^[\w-]+$/u, "expected the name of a folder: letters, digits, - and _");

const Output = z.strictObject({
  output_dir: folderName.default("adapter").describe("Folder of the adapter, below the pipeline's outputs"),
  merged_dir: folderName
    .nullable()
    .default(null)
    .describe(
      "Folder of the base with the adapter merged into it, in the form of transformers, below the pipeline's " +
        "outputs; null: none",
    ),
});

/** What is trained and how: `sft.yaml`. Paths and names in it are as in the pipeline file. */
export const TrainingConfig = z.strictObject({
  base_model: modelRef({ can: ["weights", "template", "tokens"] }),
  max_seq_length: z
    .int()
    .min(32)
    .default(1024)
    .describe("Tokens of the longest row; a longer one is left out, never cut"),
  load_in_4bit: z
    .union([z.literal("auto"), z.boolean()])
    .default("auto")
    .describe("Holds the base in 4 bits (QLoRA), which needs CUDA; auto: where CUDA is"),
  lora: Lora.prefault({}).describe("The adapter"),
  training: Training.prefault({}).describe("How it is trained"),
  output: Output.prefault({}).describe("Where it goes"),
  dataset_path: ownFileRef()
    .optional()
    .describe("The rows to train on, where the stage `read-dataset` is to read them"),
  eval_dataset_path: ownFileRef().optional().describe("The rows to validate with"),
});
export type TrainingConfig = z.infer<typeof TrainingConfig>;
