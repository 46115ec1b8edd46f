import { cp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import type { TrainerLimit } from "../../pipeline/contract/finetuning.js";
import type { TrainingConfig } from "../../pipeline/contract/training-config.js";
import { nameBase } from "../tool/adapter.js";
import { limitsOfPrecision, prepareRows, removeBrokenCheckpoints, runTool } from "../tool/prepare.js";
import { findTool } from "../tool/tool.js";
import type { Trainer } from "../trainer.js";
import { axolotlConfig, outputFolder } from "./config.js";

const name = "axolotl";

/** Axolotl, by its command: `axolotl train axolotl.yaml`. */
export const axolotl: Trainer = {
  needsFolder: true,
  limits,
  tool: async () =>
    await findTool({
      trainer: name,
      name,
      below: ["torch", "transformers", "peft", "trl", "accelerate"],
      install: "install it: python3 -m pip install axolotl (Linux, a GPU that CUDA or ROCm knows)",
    }),
  async train(_request, work, surroundings) {
    const { training, ...prepared } = await prepareRows({ trainer: name, form: "labels" }, work, surroundings);
    await writeFile(join(work, "axolotl.yaml"), stringify(axolotlConfig(training, prepared)));
    await removeBrokenCheckpoints(join(work, outputFolder));
    const run = async (...args: string[]) =>
      await runTool({ trainer: name, program: "axolotl.cli.main", args }, work, surroundings);
    await run("train", "axolotl.yaml", "--launcher", "python");

    const output = join(work, outputFolder);
    const adapter = join(work, training.adapter);
    await rm(adapter, { recursive: true, force: true });
    for (const file of ["adapter_config.json", "adapter_model.safetensors"])
      await cp(join(output, file), join(adapter, file));
    await nameBase(adapter, training.base_model);
    if (training.merged === null) return;
    await run("merge-lora", "axolotl.yaml", "--lora-model-dir", training.adapter);
    await rm(join(work, training.merged), { recursive: true, force: true });
    await rename(join(output, "merged"), join(work, training.merged));
  },
};

function limits(config: TrainingConfig): TrainerLimit[] {
  const { alpha } = config.lora;
  const found = limitsOfPrecision(config);
  if (!Number.isInteger(alpha))
    found.push({
      path: ["lora", "alpha"],
      reason: "axolotl takes whole numbers alone",
      hint: `write ${Math.round(alpha)}`,
    });
  return found;
}
