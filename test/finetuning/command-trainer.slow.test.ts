import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, expect, it } from "vitest";
import type { PipelineEvent } from "../../pipeline/contract/events.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { folderWith, type Folder } from "../cli/command.js";

let folder: Folder;
afterEach(async () => await folder.remove());

it("trains with a program of the user's, and keeps what it leaves: each step's loss, no clock in it", async () => {
  folder = await trainingFolder();
  const { exitCode, events, stderr } = await run();
  expect(stderr).toBe("");
  expect(exitCode).toBe(0);
  expect(events).toContainEqual(
    expect.objectContaining({ type: "step-progress", step: "train", total: 6, unit: "steps" }),
  );
  expect(events).toContainEqual({
    type: "training",
    step: 3,
    steps: 6,
    loss: 1 / 3,
    learningRate: 0.1,
    tokensPerSecond: 5,
    eta: 3,
  });
  expect(events).toContainEqual({ type: "notice", level: "info", message: "begins at step 0" });
  expect(events.at(-1)).toMatchObject({
    artifacts: [
      {
        type: "adapter",
        path: "adapter",
        facts: { trainer: "command", train_rows: 20, val_rows: 0, steps: 6, device: "none" },
      },
      { type: "training-log", path: "training/log.jsonl" },
    ],
  });
  expect(JSON.parse(await output("adapter/adapter_model.safetensors"))).toEqual({ seen: 120, seed: 3, r: 4 });
  const log = (await output("training/log.jsonl"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as object);
  expect(log).toHaveLength(6);
  expect(log[1]).toEqual({ step: 2, steps: 6, loss: 0.5, learning_rate: 0.1 });
  expect((await output("training/train.jsonl")).split("\n")).toHaveLength(21);
  expect(await output("training/training.json")).not.toContain(folder.path);
});

it("stops cleanly on Ctrl-C, goes on from the checkpoint, and gives the same as if it had never stopped", async () => {
  folder = await trainingFolder();
  await run();
  const undisturbed = await allOutputs();
  await folder.remove();

  folder = await trainingFolder({ arguments: ["--wait"] });
  const stopped = await interruptWhileItWaits("SIGINT");
  expect(stopped.exitCode).toBe(130);
  expect(stopped.stdout).toContain("stopped, and saved");
  const { exitCode, events } = await run();
  expect(exitCode).toBe(0);
  expect(events).toContainEqual({ type: "notice", level: "info", message: "begins at step 3" });
  expect(await allOutputs()).toEqual(undisturbed);
});

it("goes on from the checkpoint where it was killed, and leaves no trainer behind", async () => {
  folder = await trainingFolder({ arguments: ["--wait"] });
  await interruptWhileItWaits("SIGKILL");
  const { events } = await run();
  expect(events).toContainEqual({ type: "notice", level: "info", message: "begins at step 3" });
  expect(JSON.parse(await output("adapter/adapter_model.safetensors"))).toMatchObject({ seen: 120 });
});

it("goes on in another project, as on another machine, that the folder of trainings was carried to", async () => {
  folder = await trainingFolder({ arguments: ["--wait"] });
  await interruptWhileItWaits("SIGKILL");
  const left = folder;
  folder = await trainingFolder({ arguments: ["--wait"] });
  await cp(join(left.path, ".pipeline/training"), join(folder.path, ".pipeline/training"), { recursive: true });
  await left.remove();
  const { events } = await run();
  expect(events).toContainEqual({ type: "notice", level: "info", message: "begins at step 3" });
  expect(JSON.parse(await output("adapter/adapter_model.safetensors"))).toMatchObject({ seen: 120 });
});

it("trains once: the same rows and configuration by another way bring back the adapter", async () => {
  folder = await trainingFolder();
  await run();
  const { events } = await run("--fresh");
  expect(events).not.toContainEqual(expect.objectContaining({ type: "notice" }));
  expect(events.at(-1)).toMatchObject({ status: "done" });
  await writeFile(join(folder.path, "sft.yaml"), "base_model: file:base.gguf\nlora: { r: 5 }\n");
  expect((await run()).events).toContainEqual({ type: "notice", level: "info", message: "begins at step 0" });
  expect(JSON.parse(await output("adapter/adapter_model.safetensors"))).toMatchObject({ r: 5 });
});

it("trains again where a file changes that the command names, and gives it the packages of its lock", async () => {
  folder = await trainingFolder({
    files: ["model.py"],
    requirements: "requirements.lock",
    arguments: ["--import", "iniconfig"],
  });
  await writeFile(join(folder.path, "model.py"), "layers = 1\n");
  await writeFile(
    join(folder.path, "requirements.lock"),
    "iniconfig==2.3.1 --hash=sha256:67f4b9c50da0dedf52af349e7749a80a9057a5031199791b906c3bb3ae878960 " +
      "--hash=sha256:9121e2c1fdb355232495be3194c8dfe87ccc2d5dee45947b78e68f499790d7a7\n",
  );
  expect((await run()).events).toContainEqual({ type: "notice", level: "info", message: "iniconfig is there" });
  expect((await run()).events.at(-1)).toMatchObject({ status: "done", nothingToDo: true });
  await writeFile(join(folder.path, "model.py"), "layers = 2\n");
  expect((await run()).events).toContainEqual({ type: "notice", level: "info", message: "begins at step 0" });
});

it("shows what a trainer that fails said, and where the rest of it is", async () => {
  folder = await trainingFolder({ arguments: ["--fail"] });
  const { exitCode, stderr } = await folder.pipeline("run", "training.yaml", "--plain");
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/the trainer failed \(exit status 1\): the trainer's own mistake/u);
  expect(stderr).toMatch(/output\.log/u);
});

it("does not take an empty folder for an adapter", async () => {
  folder = await trainingFolder({ arguments: ["--forget"] });
  const { exitCode, stderr } = await folder.pipeline("run", "training.yaml", "--plain");
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/left nothing where the adapter goes/u);
});

async function trainingFolder(command: object = {}): Promise<Folder> {
  const train = {
    config: "sft.yaml",
    trainer: "command",
    compareTokens: 0,
    command: {
      program: join(packageRoot, "test/finetuning/trainers/counting.py"),
      interpreter: ["python3"],
      ...command,
    },
  };
  return await folderWith({
    "training.yaml": `name: trained
seed: 3
steps:
  - stage: ${join(packageRoot, "test/support/stages/numbers.mjs")}
    with: { count: 20 }
  - stage: chat
  - stage: train
    with: ${JSON.stringify(train)}
`,
    "sft.yaml": "base_model: file:base.gguf\nlora: { r: 4 }\n",
    "base.gguf": "weights",
  });
}

async function run(...args: string[]) {
  const { exitCode, stdout, stderr } = await folder.pipeline("run", "training.yaml", "--json", ...args);
  return {
    exitCode,
    stderr,
    events: stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as PipelineEvent),
  };
}

/** Starts a run, and ends it with a signal when the trainer says that it waits, after step 3. */
async function interruptWhileItWaits(signal: NodeJS.Signals) {
  const running = folder.start("run", "training.yaml", "--json");
  for await (const line of createInterface({ input: running.stdout as NodeJS.ReadableStream })) {
    const event = JSON.parse(line) as PipelineEvent;
    if (event.type === "notice" && event.message === "waits") running.kill(signal);
  }
  return await running;
}

async function output(path: string): Promise<string> {
  return await readFile(join(folder.path, "data/trained", path), "utf8");
}

async function allOutputs(): Promise<Map<string, string>> {
  const names = (await readdir(join(folder.path, "data/trained"), { recursive: true, withFileTypes: true })).filter(
    (entry) => entry.isFile() && entry.name !== "manifest.json",
  );
  return new Map(
    await Promise.all(
      names.map(async ({ parentPath, name }) => [name, await readFile(join(parentPath, name), "utf8")] as const),
    ),
  );
}
