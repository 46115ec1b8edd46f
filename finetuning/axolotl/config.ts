import { chooseFormat, type Prepared } from "../tool/prepare.js";
import type { TrainingDescription } from "../work-folder.js";

/** Where axolotl keeps its checkpoints, and leaves the adapter at the end. */
export const outputFolder = "checkpoints/axolotl";

/** axolotl.yaml, as axolotl's own schema has it (checked against 0.19.0): LoRA on rows that are tokens already. */
export function axolotlConfig(
  { base, config, seed }: Pick<TrainingDescription, "base" | "config" | "seed">,
  prepared: Prepared,
): Readonly<Record<string, unknown>> {
  const {
    max_seq_length: length,
    lora: { r, alpha, dropout, target_modules: targets },
    training,
  } = config;
  const { precision, in4bit, optimizer } = chooseFormat(config, prepared);
  const rows = (name: string) => [{ path: `rows/${name}.jsonl`, ds_type: "json", split: "train" }];
  return {
    base_model: base,
    plugins: ["pipeline_axolotl.ProgressPlugin"],

    datasets: rows("train"),
    ...(prepared.val_rows > 0 && { test_datasets: rows("valid"), eval_strategy: "epoch" }),
    dataset_prepared_path: "prepared",
    sequence_len: length,
    excess_length_strategy: "raise", // rows that are too long were left out before
    sample_packing: false,
    group_by_length: true,

    adapter: in4bit ? "qlora" : "lora",
    load_in_4bit: in4bit,
    lora_r: r,
    lora_alpha: alpha,
    lora_dropout: dropout,
    ...(targets === "all-linear" ? { lora_target_linear: true } : { lora_target_modules: targets }),

    num_epochs: training.epochs,
    ...(training.max_steps !== null && { max_steps: training.max_steps }),
    micro_batch_size: training.per_device_train_batch_size,
    gradient_accumulation_steps: training.gradient_accumulation_steps,
    learning_rate: training.learning_rate,
    optimizer: optimizer === "adamw_8bit" ? "adamw_bnb_8bit" : "adamw_torch",
    lr_scheduler: training.scheduler === "constant" ? "constant_with_warmup" : training.scheduler,
    warmup_ratio: training.warmup_ratio,
    weight_decay: training.weight_decay,
    max_grad_norm: training.max_grad_norm,
    bf16: precision === "bf16",
    fp16: precision === "fp16",

    logging_steps: training.logging_steps,
    save_steps: training.save_steps,
    save_total_limit: 2,
    auto_resume_from_checkpoints: true,
    output_dir: outputFolder,
    seed,
  };
}
