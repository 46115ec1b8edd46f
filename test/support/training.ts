import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hashArtifact } from "../../pipeline/contract/artifact-hash.js";
import { Artifact } from "../../pipeline/contract/records.js";
import { TrainingConfig } from "../../pipeline/contract/training-config.js";

export const baseHash = "ba".repeat(32);
export const adapterHash = "ad".repeat(32);

/** Leaves what `train` and `convert` leave, without a weight: the files that a report reads, and the artifacts. */
export async function leaveTraining(
  folder: string,
  steps = 60,
): Promise<{ readonly artifacts: Artifact[]; readonly losses: number[] }> {
  const {
    base_model: _base,
    output: _output,
    ...config
  } = TrainingConfig.parse({ base_model: "base", lora: { r: 8 }, training: { epochs: 3, learning_rate: 4e-4 } });
  const log = Array.from({ length: steps }, (_, index) => ({
    step: index + 1,
    steps,
    loss: 1 + 1 / (index + 1) + (index % 3) / 20,
    learning_rate: 4e-4 * (1 - index / steps),
  }));
  await mkdir(join(folder, "training"), { recursive: true });
  await mkdir(join(folder, "adapter"));
  await writeFile(join(folder, "training/log.jsonl"), log.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
  await writeFile(join(folder, "training/training.json"), JSON.stringify({ version: 1, base: "base.gguf", config }));
  await writeFile(
    join(folder, "adapter/adapter_config.json"),
    JSON.stringify({ peft_type: "LORA", r: 8, peft_version: "0.1.2" }),
  );
  const facts = {
    trainer: "peft",
    base_model: "base",
    base_sha256: baseHash,
    train_rows: 640,
    val_rows: 20,
    tokens: 81_000,
    steps,
    loss: 1.05,
    validation_loss: 1.234,
    device: "cpu",
    torch: "9.8.7",
  };
  const artifact = (type: string, path: string, sha256: string, own: Artifact["facts"]) =>
    Artifact.make({ type, path, sha256, bytes: 1, facts: own }, { source: null, from: [] });
  const hashOf = async (path: string) => (await hashArtifact(folder, path)).sha256;
  return {
    losses: log.map(({ loss }) => loss),
    artifacts: [
      artifact("adapter", "adapter", await hashOf("adapter"), facts),
      artifact("training-log", "training/log.jsonl", await hashOf("training/log.jsonl"), {}),
      artifact("gguf", "gguf/adapter-f16.gguf", adapterHash, { ...facts, holds: "adapter", number_format: "f16" }),
    ],
  };
}
