import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { otherNamesOf } from "../../pipeline/contract/reference.js";
import { TrainingConfig } from "../../pipeline/contract/training-config.js";
import { TrainingFile } from "../../pipeline/contract/training-file.js";

const read = (yaml: string) => TrainingFile.parse(parse(yaml));
const mistakes = (yaml: string) =>
  TrainingFile.safeParse(parse(yaml)).error?.issues.map(({ path, message }) => [path.join("."), message]) ?? [];

const expected = TrainingConfig.parse({
  base_model: "hf:openai/gpt-oss-20b",
  max_seq_length: 1024,
  load_in_4bit: true,
  lora: { r: 8, alpha: 16, target_modules: ["q_proj", "v_proj"] },
  training: {
    epochs: 3,
    scheduler: "linear",
    optimizer: "adamw_8bit",
    precision: "fp16",
    per_device_train_batch_size: 1,
    gradient_accumulation_steps: 4,
    warmup_ratio: 0.05,
    seed: 3407,
  },
  output: { output_dir: "outputs", merged_dir: "merged" },
  dataset_path: "data/train.jsonl",
});

const head = `
base_model: "openai/gpt-oss-20b"
max_seq_length: 1024
load_in_4bit: true
lora: { r: 8, alpha: 16, dropout: 0.0, target_modules: [q_proj, v_proj] }
`;

describe("sft.yaml", () => {
  it("means the same in its own form, in that of QLoRA scripts, and in both at once", () => {
    const scripts = `${head}
bf16: false
train:
  per_device_train_batch_size: 1
  gradient_accumulation_steps: 4
  num_train_epochs: 3
  max_steps: null
  warmup_ratio: 0.05
  lr_scheduler_type: linear
  optim: adamw_8bit
  fp16: true
  save_total_limit: 3
  seed: 3407
  output_dir: outputs
  dataset_path: data/train.jsonl
merge: { out_dir: merged, save_method: bf16 }
`;
    const mixed = `${head}
training:
  dataset_path: data/train.jsonl
  num_train_epochs: 3
  per_device_train_batch_size: 1
  gradient_accumulation_steps: 4
  optimizer: adamw_8bit
  lr_scheduler_type: linear
  warmup_ratio: 0.05
  save_total_limit: 3
  seed: 3407
  fp16: true
output: { output_dir: outputs, merged_dir: merged }
`;
    expect(read(scripts)).toEqual(expected);
    expect(read(mixed)).toEqual(expected);
    expect(TrainingFile.parse(read(mixed))).toEqual(expected);
  });

  it("has what it leaves out filled in", () => {
    expect(read("base_model: tiny")).toEqual(TrainingConfig.parse({ base_model: "tiny" }));
    expect(read("base_model: tiny\ntrain: { bf16: false }").training.precision).toBe("auto");
  });

  it.each([
    ["train: { epochs: 1 }\ntraining: { epochs: 1 }", "train"],
    ["train: { epochs: 1, num_train_epochs: 2 }", "train.num_train_epochs"],
    ["training: { optim: adamw_torch, optimizer: adamw }", "training.optim"],
    ["train: { bf16: true, fp16: true }", "train.fp16"],
    ["bf16: true\ntrain: { precision: fp32 }", "train.precision"],
    ["merge: { out_dir: a }\noutput: { merged_dir: b }", "merge"],
    ["train: { num_train_epochs: -1 }", "train.num_train_epochs"],
    ["train: { output_dir: ../elsewhere }", "train.output_dir"],
    ["merge: { out_dir: a, save_method: mxfp4 }", "merge.save_method"],
  ])("that cannot be meant is told where it stands: %s", (yaml, path) => {
    expect(mistakes(`base_model: tiny\n${yaml}`).map(([place]) => place)).toEqual([path]);
  });

  it("is looked through for what it says under each of its names", () => {
    const names = otherNamesOf(TrainingFile);
    expect(names(["training", "epochs"])).toContainEqual(["train", "num_train_epochs"]);
    expect(names(["training", "precision"])).toContainEqual(["fp16"]);
    expect(names(["training", "max_grad_norm"])).toContainEqual(["train", "max_grad_norm"]);
    expect(names(["output", "merged_dir"])).toContainEqual(["merge", "out_dir"]);
    expect(names(["output", "output_dir"])).toContainEqual(["train", "output_dir"]);
    expect(names(["dataset_path"])).toContainEqual(["train", "dataset_path"]);
    expect(names(["load_in_4bit"])).toEqual([["load_in_4bit"]]);
  });
});
