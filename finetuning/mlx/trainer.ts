import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { packageRoot } from "../../pipeline/system/paths.js";
import type { TrainerLimit } from "../../pipeline/contract/finetuning.js";
import type { TrainingConfig } from "../../pipeline/contract/training-config.js";
import { readTensorShapes } from "../safetensors.js";
import { prepareRows, runTool } from "../tool/prepare.js";
import { findTool } from "../tool/tool.js";
import type { Trainer } from "../trainer.js";
import { writePeftAdapter } from "./adapter.js";
import { mlxConfig } from "./config.js";

const name = "mlx";

/** mlx-lm, on Apple's silicon (and on CPUs and CUDA, where its packages for these are installed). */
export const mlx: Trainer = {
  needsFolder: true,
  limits,
  tool: async () =>
    await findTool({
      trainer: name,
      name: "mlx-lm",
      below: ["mlx", "transformers"],
      install: 'install it: python3 -m pip install "mlx-lm[train]"',
    }),
  async train(_request, work, surroundings) {
    const { training, ...prepared } = await prepareRows({ trainer: name, form: "messages" }, work, surroundings);
    const linear = await linearLayers(join(work, training.base));
    await writeFile(join(work, "lora.yaml"), stringify(mlxConfig(training, prepared, linear)));
    await runTool(
      { trainer: name, program: join(packageRoot, "finetuning/mlx/train.py"), args: [work] },
      work,
      surroundings,
    );

    const { r, alpha, dropout } = training.config.lora;
    await rm(join(work, training.adapter), { recursive: true, force: true });
    await writePeftAdapter(join(work, "adapters.safetensors"), join(work, training.adapter), {
      baseModel: training.base_model,
      r,
      alpha,
      dropout,
    });
  },
};

function limits({
  load_in_4bit: in4bit,
  training: { optimizer, precision },
  output: { merged_dir: merged },
}: TrainingConfig): TrainerLimit[] {
  const found: TrainerLimit[] = [
    {
      path: ["training", "max_grad_norm"],
      reason: "mlx-lm does not scale gradients down",
      hint: "remove the key: gradients are taken as they are",
    },
  ];
  if (in4bit === true)
    found.push({
      path: ["load_in_4bit"],
      reason: "mlx-lm trains on weights as they are",
      hint: "remove the key, and name a base that mlx_lm.convert --quantize has made, for QLoRA",
    });
  if (optimizer === "adamw_8bit")
    found.push({ path: ["training", "optimizer"], reason: "mlx has no optimiser of 8 bits", hint: "write adamw" });
  if (precision !== "auto")
    found.push({
      path: ["training", "precision"],
      reason: "mlx-lm computes in the number format of the base's weights",
      hint: "write auto, or convert the base with mlx_lm.convert --dtype",
    });
  if (merged !== null)
    found.push({
      path: ["output", "merged_dir"],
      reason: "its adapter is taken over, and merged by the stage `convert`",
      hint: "write null, and merged: [f16] for the stage convert",
    });
  return found;
}

/** The linear layers of a block, by their path in it, as the weights are called: "self_attn.q_proj". */
async function linearLayers(folder: string): Promise<string[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".safetensors")).toSorted();
  const layers = new Set<string>();
  for (const file of files) {
    for (const [tensor, shape] of await readTensorShapes(join(folder, file))) {
      const [, layer] = /\.layers\.\d+\.(.+)\.weight$/u.exec(tensor) ?? [];
      if (layer !== undefined && shape.length === 2) layers.add(layer);
    }
  }
  return [...layers].toSorted();
}
