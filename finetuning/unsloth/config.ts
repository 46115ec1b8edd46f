import { chooseFormat, type Prepared } from "../tool/prepare.js";
import type { TrainingDescription } from "../work-folder.js";

/** Where its checkpoints go. */
export const outputFolder = "checkpoints/unsloth";

/**
 * unsloth.json: the arguments of `FastLanguageModel.from_pretrained` and `get_peft_model` of Unsloth (checked against
 * 2026.10.9) and of TRL's `SFTConfig` (1.15.0), by these names.
 */
export function unslothArguments(
  { base, config, seed }: Pick<TrainingDescription, "base" | "config" | "seed">,
  prepared: Prepared,
): Readonly<Record<"from_pretrained" | "get_peft_model" | "SFTConfig", Readonly<Record<string, unknown>>>> {
  const {
    max_seq_length: length,
    lora: { r, alpha, dropout, target_modules: targets },
    training,
  } = config;
  const { precision, in4bit, optimizer } = chooseFormat(config, prepared);
  const { per_device_train_batch_size: size, gradient_accumulation_steps: accumulation } = training;
  const steps = training.max_steps ?? Math.ceil(Math.ceil(prepared.rows / size / accumulation) * training.epochs);
  return {
    // The program reads the dtype by this name: JSON has no other.
    from_pretrained: {
      model_name: base,
      max_seq_length: length,
      dtype: precision,
      load_in_4bit: in4bit,
      local_files_only: true,
    },
    get_peft_model: {
      r,
      lora_alpha: alpha,
      lora_dropout: dropout,
      target_modules: targets,
      bias: "none",
      use_gradient_checkpointing: prepared.cuda ? "unsloth" : false,
      random_state: seed,
    },
    SFTConfig: {
      output_dir: outputFolder,
      max_length: length,
      packing: false,
      num_train_epochs: training.epochs,
      max_steps: training.max_steps ?? -1,
      per_device_train_batch_size: size,
      per_device_eval_batch_size: size,
      gradient_accumulation_steps: accumulation,
      learning_rate: training.learning_rate,
      optim: optimizer === "adamw_8bit" ? "adamw_8bit" : "adamw_torch",
      lr_scheduler_type: training.scheduler === "constant" ? "constant_with_warmup" : training.scheduler,
      warmup_steps: Math.ceil(training.warmup_ratio * steps),
      weight_decay: training.weight_decay,
      max_grad_norm: training.max_grad_norm,
      bf16: precision === "bf16",
      fp16: precision === "fp16",
      logging_steps: training.logging_steps,
      save_strategy: "steps",
      save_steps: training.save_steps,
      save_total_limit: 2,
      eval_strategy: prepared.val_rows > 0 ? "epoch" : "no",
      report_to: "none",
      seed,
    },
  };
}
