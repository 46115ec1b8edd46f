import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { axolotlConfig } from "../../../finetuning/axolotl/config.js";
import { mlxConfig } from "../../../finetuning/mlx/config.js";
import type { Prepared } from "../../../finetuning/tool/prepare.js";
import { trainers } from "../../../finetuning/trainers.js";
import { unslothArguments } from "../../../finetuning/unsloth/config.js";
import { TrainingConfig } from "../../../pipeline/contract/training-config.js";

/*
 * What the tools take, by their own sources: scripts/prove/trainers.ts fetches them, compares, and records this file
 * anew. axolotl.yaml was loaded with axolotl 0.19.0's own validate_config too, and all three tools have trained with
 * these configurations; finetuning/README.md says when and where.
 */
const Recorded = z.object({
  axolotl: z.object({ config: z.record(z.string(), z.string()), commands: z.record(z.string(), z.array(z.string())) }),
  "mlx-lm": z.object({
    defaults: z.record(z.string(), z.unknown()),
    choices: z.record(z.string(), z.array(z.string())),
  }),
  unsloth: z.object({ from_pretrained: z.array(z.string()), get_peft_model: z.array(z.string()) }),
  trl: z.object({ SFTConfig: z.record(z.string(), z.string()) }),
});
const recorded = Recorded.parse(JSON.parse(readFileSync(join(import.meta.dirname, "recorded.json"), "utf8")));

const gpu: Prepared = { rows: 100, val_rows: 12, cuda: true, bf16: true, fp16: true };
const cpu: Prepared = { rows: 100, val_rows: 0, cuda: false, bf16: false, fp16: false };
const linear = ["mlp.down_proj", "mlp.up_proj", "self_attn.k_proj", "self_attn.q_proj"];

function training(config: object = {}) {
  return { base: "base", seed: 7, config: TrainingConfig.parse({ base_model: "base", ...config }) };
}

// Every choice that a configuration can make, as far as it changes what is written.
const configurations = [
  {},
  { lora: { r: 4, alpha: 8, dropout: 0.1, target_modules: ["q_proj", "up_proj"] } },
  {
    load_in_4bit: false,
    training: {
      max_steps: 9,
      epochs: 0.5,
      scheduler: "constant",
      optimizer: "adamw",
      precision: "fp16",
      warmup_ratio: 0,
    },
  },
  {
    load_in_4bit: true,
    training: {
      scheduler: "linear",
      optimizer: "adamw_8bit",
      precision: "bf16",
      gradient_accumulation_steps: 4,
      weight_decay: 0.1,
    },
  },
  { training: { precision: "fp32", optimizer: "adamw" } },
];

describe("axolotl.yaml", () => {
  it.each(configurations)("holds keys that axolotl has, of the types that it takes: %j", (config) => {
    for (const machine of [gpu, cpu]) {
      for (const [key, value] of Object.entries(axolotlConfig(training(config), machine))) {
        const type = recorded.axolotl.config[key];
        expect(type, `axolotl has a key ${key}`).toBeDefined();
        expect(fits(value, type ?? ""), `${key}: ${type} takes ${JSON.stringify(value)}`).toBe(true);
      }
    }
    expect(recorded.axolotl.commands["train"]).toContain("--launcher");
    expect(Object.keys(recorded.axolotl.commands)).toContain("merge-lora");
    expect(recorded.axolotl.config).toHaveProperty("lora_model_dir");
  });

  it("says what sft.yaml says", () => {
    expect(
      axolotlConfig(
        training({ max_seq_length: 512, lora: { r: 4, alpha: 8 }, training: { epochs: 2, max_steps: 5 } }),
        gpu,
      ),
    ).toMatchObject({
      sequence_len: 512,
      adapter: "qlora",
      load_in_4bit: true,
      lora_r: 4,
      lora_alpha: 8,
      lora_target_linear: true,
      num_epochs: 2,
      max_steps: 5,
      optimizer: "adamw_bnb_8bit",
      bf16: true,
      seed: 7,
      test_datasets: [{ path: "rows/valid.jsonl" }],
      auto_resume_from_checkpoints: true,
    });
    expect(axolotlConfig(training(), cpu)).toMatchObject({
      adapter: "lora",
      load_in_4bit: false,
      optimizer: "adamw_torch",
      bf16: false,
      fp16: false,
    });
  });

  it("takes whole numbers for alpha alone", () => {
    expect(trainers.axolotl.limits(training({ lora: { alpha: 8 } }).config)).toEqual([]);
    for (const trainer of [trainers.axolotl, trainers.unsloth]) {
      expect(trainer.limits(training({ training: { precision: "int8" } }).config)).toMatchObject([
        { path: ["training", "precision"], hint: "write auto" },
      ]);
    }
    expect(trainers.axolotl.limits(training({ lora: { alpha: 8.5 } }).config)).toMatchObject([
      { path: ["lora", "alpha"] },
    ]);
  });
});

describe("unsloth.json", () => {
  it.each(configurations)("holds arguments that Unsloth's functions and TRL's SFTConfig take: %j", (config) => {
    for (const machine of [gpu, cpu]) {
      const { from_pretrained, get_peft_model, SFTConfig } = unslothArguments(training(config), machine);
      // What is not its own, from_pretrained hands on to transformers, which has this one.
      expect([...recorded.unsloth.from_pretrained, "local_files_only"]).toEqual(
        expect.arrayContaining(Object.keys(from_pretrained)),
      );
      expect(recorded.unsloth.get_peft_model).toEqual(expect.arrayContaining(Object.keys(get_peft_model)));
      for (const [key, value] of Object.entries(SFTConfig)) {
        const type = recorded.trl.SFTConfig[key];
        expect(type, `SFTConfig has a field ${key}`).toBeDefined();
        expect(fits(value, type ?? ""), `${key}: ${type} takes ${JSON.stringify(value)}`).toBe(true);
      }
    }
  });

  it("counts the steps of the warm-up from the rows, or from the limit of steps", () => {
    const steps = (config: object) =>
      unslothArguments(training({ training: { warmup_ratio: 0.1, per_device_train_batch_size: 4, ...config } }), gpu)
        .SFTConfig["warmup_steps"];
    expect(steps({ epochs: 2 })).toBe(5);
    expect(steps({ epochs: 2, gradient_accumulation_steps: 2 })).toBe(3);
    expect(steps({ max_steps: 30 })).toBe(3);
    expect(steps({ warmup_ratio: 0 })).toBe(0);
  });
});

describe("lora.yaml of mlx-lm", () => {
  const plain = configurations.slice(0, 2);

  it.each(plain)("holds keys that mlx_lm.lora has, and choices that it offers: %j", (config) => {
    const made = mlxConfig(training(config), gpu, linear);
    expect(Object.keys(recorded["mlx-lm"].defaults)).toEqual(expect.arrayContaining(Object.keys(made)));
    for (const [key, choices] of Object.entries(recorded["mlx-lm"].choices)) expect(choices).toContain(made[key]);
    expect(Object.keys(recorded["mlx-lm"].defaults["lora_parameters"] as object)).toEqual(
      expect.arrayContaining(["rank", "scale", "dropout"]),
    );
  });

  it("counts batches, where mlx-lm does, and steps where it does", () => {
    const made = mlxConfig(
      training({
        training: {
          epochs: 2,
          per_device_train_batch_size: 4,
          gradient_accumulation_steps: 5,
          save_steps: 3,
          learning_rate: 0.1,
          warmup_ratio: 0.2,
        },
      }),
      cpu,
      linear,
    );
    // 100 rows are 25 batches, 50 in two epochs: 10 steps, of which 2 rise.
    expect(made).toMatchObject({
      iters: 50,
      save_every: 15,
      steps_per_report: 5,
      grad_accumulation_steps: 5,
      lr_schedule: { name: "cosine_decay", arguments: [0.1, 8, 0], warmup: 1, warmup_init: 0.05 },
    });
    expect(
      mlxConfig(training({ training: { max_steps: 3, per_device_train_batch_size: 4 } }), cpu, linear),
    ).toMatchObject({ iters: 3 });
  });

  it("names layers by their path in a block, and scales as alpha / r does", () => {
    const made = mlxConfig(training({ lora: { r: 4, alpha: 8, target_modules: ["q_proj", "up_proj"] } }), cpu, linear);
    expect(made["lora_parameters"]).toEqual({
      rank: 4,
      scale: 2,
      dropout: 0,
      keys: ["mlp.up_proj", "self_attn.q_proj"],
    });
    expect(mlxConfig(training(), cpu, linear)["lora_parameters"]).toMatchObject({ keys: linear });
    expect(() => mlxConfig(training({ lora: { target_modules: ["q_proj", "c_attn"] } }), cpu, linear)).toThrow(
      /this model has no c_attn/u,
    );
  });

  it("cannot do what mlx-lm has no key for", () => {
    const limits = (config: object) => trainers.mlx.limits(training(config).config).map(({ path }) => path.join("."));
    expect(limits({})).toEqual(["training.max_grad_norm"]);
    expect(
      limits({
        load_in_4bit: true,
        training: { optimizer: "adamw_8bit", precision: "bf16" },
        output: { merged_dir: "merged" },
      }),
    ).toEqual([
      "training.max_grad_norm",
      "load_in_4bit",
      "training.optimizer",
      "training.precision",
      "output.merged_dir",
    ]);
    expect(limits({ load_in_4bit: false, training: { optimizer: "adamw" } })).toEqual(["training.max_grad_norm"]);
  });
});

/** Whether a value is of a type as Python writes it: "Literal['auto'] | bool | None". */
function fits(value: unknown, type: string): boolean {
  if (typeof value === "boolean") return /\bbool\b/u.test(type);
  if (typeof value === "number") return /\bfloat\b/u.test(type) || (Number.isInteger(value) && /\bint\b/u.test(type));
  if (typeof value === "string") return /\bstr\b|Strategy|SchedulerType/u.test(type) || type.includes(`'${value}'`);
  return Array.isArray(value) && /\blist\b/u.test(type);
}
