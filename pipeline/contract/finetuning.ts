import type { TrainingConfig } from "./training-config.js";

/** What a stage may ask of the programs that train models and convert them. */
export interface FineTuning {
  /** Trains an adapter, going on from the checkpoints of a run that was stopped. The same request twice trains once. */
  train(request: TrainingRequest, onProgress: (progress: TrainingProgress) => void): Promise<TrainedAdapter>;
  /**
   * Makes GGUF files of an adapter and its base, with the converters of the llama.cpp release that runs models here.
   */
  convert(request: ConversionRequest, onProgress: (progress: TrainingProgress) => void): Promise<void>;
  /**
   * The tool that a trainer runs, as it is on this machine; null for a trainer that brings its own. Throws a
   * PipelineError `training` where the machine lacks it.
   */
  tool(trainer: TrainerName): Promise<TrainingTool | null>;
  /** What of a configuration a trainer cannot do. */
  limits(trainer: TrainerName, config: TrainingConfig): Promise<readonly TrainerLimit[]>;
  /**
   * Which Python, packages and programs do the work: part of the fingerprint of a step that asks for it. Installs
   * nothing.
   */
  identity(): Promise<FineTuningIdentity>;
}

/**
 * What decides the results of this toolkit's own training and conversion, beside what they are given: part of
 * fingerprints.
 */
export interface FineTuningIdentity {
  readonly python: string;
  /** SHA-256 of the locked packages. */
  readonly environment: string;
  /** SHA-256 of the programs that ship. */
  readonly programs: string;
  /** Release of llama.cpp, whose converters are used. */
  readonly llamaCpp: string;
}

/** Trainers that ship, and `command`, for a program of one's own. */
export const trainers = ["peft", "unsloth", "axolotl", "mlx", "command"] as const;
/** Name of a trainer, as the option `trainer` of the stage `train` says it. */
export type TrainerName = (typeof trainers)[number];

/** A tool that trains, in the user's own Python environment: part of the fingerprint of what it trains. */
export interface TrainingTool {
  /** As the package index calls it. */
  readonly name: string;
  readonly version: string;
  readonly python: string;
  /** Versions of the packages that do the work below it. */
  readonly packages: Readonly<Record<string, string>>;
  /** SHA-256 of the programs of this toolkit that run it. */
  readonly programs: string;
}

/** A key of sft.yaml, or a value of it, that a trainer has no means for. */
export interface TrainerLimit {
  readonly path: readonly string[];
  /** Why: "mlx-lm does not scale gradients". */
  readonly reason: string;
  /** What to write instead. */
  readonly hint: string;
}

/** A training: what is trained, on which rows, and by which program. */
export interface TrainingRequest {
  readonly trainer: TrainerName;
  /** The program, where the trainer is `command`. */
  readonly command: TrainerCommand | null;
  readonly config: TrainingConfig;
  /** The base model's GGUF file, or its folder in the form of transformers. */
  readonly base: { readonly path: string; readonly sha256: string };
  /** The chat template, in Jinja; null: the one that the base brings. */
  readonly chatTemplate: string | null;
  readonly seed: number;
  /**
   * Absolute folder that holds the rows (see rowFiles; those to validate with may be missing), and is given what the
   * training leaves.
   */
  readonly folder: string;
}

/**
 * The rows of a training, below its folder, one a line: `{"id", "messages", "prompt": [...], "answer": [...]}`. The
 * last two are chat texts, as the base is asked and as it is to answer; without them, the trainer writes the messages
 * by itself.
 */
export const rowFiles = { train: "training/train.jsonl", val: "training/val.jsonl" } as const;
/**
 * Tokens of some rows as llama.cpp makes them: `{"id": ..., "prompt": [...], "answer": [...]}` a line; may be missing.
 */
export const tokensFile = "training/tokens.jsonl";

/** A program that keeps the contract of `finetuning/README.md`; the folder of the training is its last argument. */
export interface TrainerCommand {
  /** Absolute path. */
  readonly program: string;
  /** What runs the program, with its options; empty where it runs by itself. */
  readonly interpreter: readonly string[];
  readonly arguments: readonly string[];
  /** Absolute paths of more files that decide what it does. */
  readonly files: readonly string[];
  /**
   * Absolute path of a lock file (NAME==VERSION with hashes) of Python packages, which are installed for it; null:
   * none.
   */
  readonly requirements: string | null;
}

/** How far a training is: what a trainer writes on a line of its standard output. */
export interface TrainingProgress {
  /** Optimiser steps that are done. */
  readonly step: number;
  readonly steps: number;
  /** Mean loss of a trained token, in nats; null where there is none to tell. */
  readonly loss: number | null;
  readonly learning_rate: number | null;
  readonly tokens_per_second: number | null;
  /** Seconds that are left. */
  readonly eta: number | null;
}

/** What a training has left, and what it says of itself. */
export interface TrainedAdapter {
  /** Rows that the trainer did not train on, by their id, with its reasons. */
  readonly leftOut: readonly { readonly id: string; readonly reason: string }[];
  /** What was put into the request's folder: POSIX paths below it. */
  readonly files: readonly string[];
  /** What the trainer says of the training: steps, tokens, loss, device, precision. */
  readonly facts: Readonly<Record<string, string | number | boolean>>;
}

/** Number formats that an adapter is written in. */
export const adapterTypes = ["f32", "f16", "bf16", "q8_0"] as const;
/** Number formats that a whole model is written in. */
export const modelTypes = [
  ...adapterTypes,
  "q4_0",
  "q4_1",
  "q5_0",
  "q5_1",
  "q2_k",
  "q3_k_m",
  "q4_k_s",
  "q4_k_m",
  "q5_k_m",
  "q6_k",
] as const;
/** Number format of a model's weights, as llama.cpp names it. */
export type ModelType = (typeof modelTypes)[number];

/** GGUF files that are made of an adapter and of its base. */
export interface ConversionRequest {
  /** Absolute path of the adapter's folder, in the form of PEFT. */
  readonly adapter: string;
  /** Absolute path of the base that it was trained on: a GGUF file, or a folder in the form of transformers. */
  readonly base: string;
  readonly outputs: readonly Conversion[];
  /** Texts that are written into every file, by their GGUF keys. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** One GGUF file that is made. */
export interface Conversion {
  /** The adapter by itself, which is loaded beside its base, or the base with the adapter merged into it. */
  readonly holds: "adapter" | "merged";
  readonly type: ModelType;
  /** Absolute path of the file to write. */
  readonly file: string;
}

declare module "./service.js" {
  interface Services {
    readonly finetuning: FineTuning;
  }
}
