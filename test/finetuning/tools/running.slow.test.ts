import { readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { environmentLock } from "../../../finetuning/identity.js";
import { readTensorShapes, writeTensors } from "../../../finetuning/safetensors.js";
import type { PipelineEvent } from "../../../pipeline/contract/events.js";
import { installPackages } from "../../../pipeline/system/python/packages.js";
import { defaultCacheDir, packageRoot } from "../../../pipeline/system/paths.js";
import { folderWith, type Folder } from "../../cli/command.js";

/*
 * What goes on around a tool: how it is found, started, listened to, stopped, taken up again, and what is taken back
 * from it. In the tool's place stands a program that takes what the tool takes (recorded.json) and refuses all else.
 */
const standIn = join(packageRoot, "test/finetuning/tools/stand-in");
const trained = ["axolotl", "unsloth", "mlx"] as const;
let yaml: string;
beforeAll(async () => {
  const pinned = /^pyyaml==(?:.*\\\n)*.*$/mu.exec(await environmentLock())?.[0] ?? "";
  yaml = await installPackages(pinned, "PyYAML, for tests", { cacheDir: defaultCacheDir(), emit: () => undefined });
});

let folder: Folder;
afterEach(async () => {
  vi.unstubAllEnvs();
  await folder.remove();
});

it.each(trained)(
  "trains with %s, on the rows that fit, and takes the adapter and what is known of it",
  async (trainer) => {
    folder = await trainingFolder(trainer);
    const { events, stderr, exitCode } = await run();
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    // 101 rows, of which one is too long, in batches of 16; mlx-lm takes whole ones alone.
    const [steps, leftOut] = trainer === "mlx" ? [6, 5] : [7, 1];
    expect(events).toContainEqual(expect.objectContaining({ type: "training", step: 2, steps, loss: 0.5 }));
    expect(events.at(-1)).toMatchObject({
      artifacts: [
        {
          type: "adapter",
          facts: { trainer, steps, device: "none", train_rows: 101 - leftOut, left_out_rows: leftOut },
        },
        { type: "training-log" },
      ],
    });
    expect(JSON.parse(await output("adapter/adapter_config.json"))).toMatchObject({
      r: 4,
      base_model_name_or_path: "file:.",
    });
    expect(events).toContainEqual(expect.objectContaining({ type: "step-finished", step: "train", dropped: leftOut }));
    expect((await output("training/log.jsonl")).trim().split("\n")).toHaveLength(steps);
  },
);

it.each(trained)("stops %s at a checkpoint, and goes on from it", async (trainer) => {
  folder = await trainingFolder(trainer);
  vi.stubEnv("STAND_IN_WAITS", "1");
  const stopped = await interruptWhileItWaits();
  expect(stopped.exitCode).toBe(130);
  expect(stopped.stdout).toContain("stopped after step 3, which is saved");
  const { events, stderr } = await run();
  expect(stderr).toBe("");
  expect(events).toContainEqual(
    expect.objectContaining({ type: "notice", message: expect.stringMatching(/^going on after step 3/u) as string }),
  );
  expect(events.at(-1)).toMatchObject({
    status: "done",
    artifacts: [{ facts: { steps: trainer === "mlx" ? 6 : 7 } }, {}],
  });
});

it("takes mlx-lm's adapter over in the form of PEFT", async () => {
  folder = await trainingFolder("mlx");
  await run();
  expect(
    Object.fromEntries(await readTensorShapes(join(folder.path, "data/trained/adapter/adapter_model.safetensors"))),
  ).toEqual({
    "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight": [4, 6],
    "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight": [4, 4],
  });
});

it("merges with axolotl's own command", async () => {
  folder = await trainingFolder("axolotl", "output: { merged_dir: merged }\n");
  expect((await run()).exitCode).toBe(0);
  expect(JSON.parse(await output("merged/config.json"))).toMatchObject({ r: 4 });
});

describe("a machine without the tool", () => {
  it.each(trained)("is told how to get %s before anything is written", async (trainer) => {
    folder = await trainingFolder(trainer);
    vi.stubEnv("PYTHONPATH", "");
    const { exitCode, stderr } = await folder.pipeline("run", "training.yaml", "--plain");
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      new RegExp(
        `the trainer ${trainer} needs the package [\\s\\S]*training\\.yaml:7:12[\\s\\S]*pip install[\\s\\S]*trainer: ` +
          `peft`,
        "u",
      ),
    );
    await expect(output("training/train.jsonl")).rejects.toThrow(/ENOENT/u);
  });
});

async function trainingFolder(trainer: string, more = ""): Promise<Folder> {
  vi.stubEnv("PYTHONPATH", [standIn, yaml].join(delimiter));
  const made = await folderWith({
    "training.yaml": `name: trained
seed: 3
steps:
  - stage: ${join(packageRoot, "test/support/stages/numbers.mjs")}
    with: { count: 101 }
  - stage: chat
  - stage: train
    with: { config: sft.yaml, trainer: ${trainer}, compareTokens: 0 }
`,
    "sft.yaml": `base_model: file:.
max_seq_length: 32
lora: { r: 4, target_modules: [q_proj] }
training: { per_device_train_batch_size: 16, save_steps: 2 }
${more}`,
    "config.json": "{}",
  });
  await writeTensors(
    join(made.path, "model.safetensors"),
    new Map([["model.layers.0.self_attn.q_proj.weight", { dtype: "F32", shape: [4, 6], data: new Uint8Array(96) }]]),
    {},
  );
  return made;
}

async function run() {
  const { exitCode, stdout, stderr } = await folder.pipeline("run", "training.yaml", "--json");
  return {
    exitCode,
    stderr,
    events: stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as PipelineEvent),
  };
}

async function interruptWhileItWaits() {
  const running = folder.start("run", "training.yaml", "--json");
  for await (const line of createInterface({ input: running.stdout as NodeJS.ReadableStream })) {
    const event = JSON.parse(line) as PipelineEvent;
    if (event.type === "notice" && event.message === "waits") running.kill("SIGINT");
  }
  return await running;
}

async function output(path: string): Promise<string> {
  return await readFile(join(folder.path, "data/trained", path), "utf8");
}
