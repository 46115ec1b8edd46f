import { PipelineError } from "../../pipeline/system/errors.js";
import type { TrainingConfig } from "../../pipeline/contract/training-config.js";
import type { Prepared } from "../tool/prepare.js";
import type { TrainingDescription } from "../work-folder.js";

/** Where mlx-lm keeps its checkpoints, a folder an attempt. */
export const checkpointFolder = "checkpoints/mlx";

/**
 * lora.yaml, as `mlx_lm.lora --config` reads it (checked against 0.32.2). mlx-lm counts batches where others count
 * steps of the optimiser. `linear` are the linear layers of a block of the base, as its weights call them:
 * "self_attn.q_proj".
 */
export function mlxConfig(
  { base, config, seed }: Pick<TrainingDescription, "base" | "config" | "seed">,
  { rows, val_rows: valRows }: Pick<Prepared, "rows" | "val_rows">,
  linear: readonly string[],
): Readonly<Record<string, unknown>> {
  const {
    max_seq_length: length,
    lora: { r, alpha, dropout, target_modules: targets },
    training,
  } = config;
  const {
    per_device_train_batch_size: size,
    gradient_accumulation_steps: accumulation,
    learning_rate: rate,
  } = training;
  const wanted = Math.max(1, Math.round((Math.floor(rows / size) * training.epochs) / accumulation));
  const steps = Math.min(wanted, training.max_steps ?? wanted);
  return {
    model: base,
    train: true,
    data: "rows",
    fine_tune_type: "lora",
    mask_prompt: true,
    max_seq_length: length,
    num_layers: -1,
    lora_parameters: {
      rank: r,
      scale: alpha / r,
      dropout,
      keys: targets === "all-linear" ? linear : layersNamed(targets, linear),
    },

    batch_size: size,
    iters: steps * accumulation,
    grad_accumulation_steps: accumulation,
    learning_rate: rate,
    lr_schedule: schedule(training, steps),
    optimizer: "adamw",
    // As AdamW is everywhere else: mlx leaves its bias uncorrected unless told.
    optimizer_config: { adamw: { weight_decay: training.weight_decay, bias_correction: true } },

    steps_per_report: training.logging_steps * accumulation,
    save_every: training.save_steps * accumulation,
    steps_per_eval: steps * accumulation,
    val_batches: valRows > 0 ? -1 : 0,
    adapter_path: checkpointFolder,
    seed,
  };
}

/**
 * In steps of the optimiser. The rate rises from its first part, where mlx-lm would begin with a step of 0, which
 * learns nothing.
 */
function schedule(
  { scheduler, warmup_ratio: ratio, learning_rate: rate }: TrainingConfig["training"],
  steps: number,
): object {
  const rising = Math.ceil(ratio * steps);
  const falling = Math.max(1, rising > 1 ? steps - rising : steps);
  const shape = {
    constant: { name: "linear_schedule", arguments: [rate, rate, falling] },
    linear: { name: "linear_schedule", arguments: [rate, 0, falling] },
    cosine: { name: "cosine_decay", arguments: [rate, falling, 0] },
  }[scheduler];
  return { ...shape, ...(rising > 1 && { warmup: rising - 1, warmup_init: rate / rising }) };
}

function layersNamed(targets: readonly string[], linear: readonly string[]): string[] {
  const missing = targets.filter((target) => !linear.some((layer) => lastName(layer) === target));
  if (missing.length === 0) return linear.filter((layer) => targets.includes(lastName(layer)));
  throw new PipelineError(`lora.target_modules: this model has no ${missing.join(", ")}`, {
    code: "config",
    hint: `its linear layers are ${linear.map(lastName).join(", ")}: name these in sft.yaml`,
  });
}

function lastName(path: string): string {
  return path.split(".").at(-1) ?? path;
}
