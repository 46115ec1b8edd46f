import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { Artifact } from "../../../../pipeline/contract/records.js";
import type { Context } from "../../../../pipeline/contract/stage.js";
import { TrainingConfig } from "../../../../pipeline/contract/training-config.js";

/** How a student came about: what `train` says of it. */
export interface Training {
  /**
   * What the trainer and the stage tell: base_model, train_rows, val_rows, tokens, steps, loss, validation_loss,
   * device, ...
   */
  readonly facts: Artifact["facts"];
  /** sft.yaml with its defaults; null where only what `convert` makes is known. */
  readonly config: Config | null;
  /** Packages that trained it, as far as they are told. */
  readonly versions: Readonly<Record<string, string>>;
  readonly log: readonly LogEntry[];
}

const LogEntry = z
  .object({
    /** Optimiser steps that were done. */
    step: z.int(),
    /** Mean loss of a trained token since the entry before, in nats. */
    loss: z.number().nullable(),
    learning_rate: z.number().nullable(),
  })
  .transform(({ step, loss, learning_rate: learningRate }) => ({ step, loss, learningRate }));
/** What a training's log says of a step; null where the trainer does not tell. */
export type LogEntry = z.output<typeof LogEntry>;

const Config = TrainingConfig.omit({ base_model: true, output: true });
/** How a training was set up: sft.yaml with its defaults, without the base model and the folders. */
export type Config = z.output<typeof Config>;

/** Null where no artifact is of a training. */
export async function readTraining(
  artifacts: readonly Artifact[],
  context: Pick<Context, "artifact">,
): Promise<Training | null> {
  const facts = artifacts.find((artifact) => artifact.facts["trainer"] !== undefined)?.facts;
  if (facts === undefined) return null;
  const log = artifacts.find(({ type }) => type === "training-log");
  const adapter = artifacts.find(({ type }) => type === "adapter");
  const place = log === undefined ? null : await context.artifact(log);
  return {
    facts,
    config: place === null ? null : await readConfig(join(dirname(place), "training.json")),
    versions: {
      ...(typeof facts["torch"] === "string" && { torch: facts["torch"] }),
      ...(adapter !== undefined && (await readPeftVersion(await context.artifact(adapter)))),
    },
    log: place === null ? [] : await readLog(place),
  };
}

async function readLog(path: string): Promise<LogEntry[]> {
  const lines = (await readFile(path, "utf8")).split("\n").filter((line) => line !== "");
  return lines.map((line) => LogEntry.parse(JSON.parse(line)));
}

/** The trainer's task, which is kept beside the log. */
async function readConfig(path: string): Promise<Config | null> {
  if (!existsSync(path)) return null;
  return z.object({ config: Config }).parse(JSON.parse(await readFile(path, "utf8"))).config;
}

/** PEFT writes its version beside its weights; another trainer's folder may hold anything. */
async function readPeftVersion(folder: string): Promise<{ readonly peft?: string }> {
  const path = join(folder, "adapter_config.json");
  if (!existsSync(path)) return {};
  const { success, data } = z.object({ peft_version: z.string() }).safeParse(JSON.parse(await readFile(path, "utf8")));
  return success ? { peft: data.peft_version } : {};
}
