import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { packageRoot } from "../../pipeline/system/paths.js";
import { nameBase } from "../tool/adapter.js";
import { limitsOfPrecision, prepareRows, removeBrokenCheckpoints, runTool } from "../tool/prepare.js";
import { findTool } from "../tool/tool.js";
import type { Trainer } from "../trainer.js";
import { outputFolder, unslothArguments } from "./config.js";

const name = "unsloth";

/** Unsloth, by its functions: it has no command of its own that takes a schedule, a mask and a place to go on from. */
export const unsloth: Trainer = {
  needsFolder: true,
  limits: limitsOfPrecision,
  tool: async () =>
    await findTool({
      trainer: name,
      name,
      below: ["unsloth-zoo", "torch", "transformers", "peft", "trl"],
      install: "install it: python3 -m pip install unsloth",
    }),
  async train(_request, work, surroundings) {
    const { training, ...prepared } = await prepareRows({ trainer: name, form: "labels" }, work, surroundings);
    await writeFile(join(work, "unsloth.json"), `${JSON.stringify(unslothArguments(training, prepared), null, 2)}\n`);
    await removeBrokenCheckpoints(join(work, outputFolder));
    await runTool(
      { trainer: name, program: join(packageRoot, "finetuning/unsloth/train.py"), args: [work] },
      work,
      surroundings,
    );
    await nameBase(join(work, training.adapter), training.base_model);
  },
};
