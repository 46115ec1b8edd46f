import { z } from "zod";
import { PipelineError } from "../../pipeline/system/errors.js";
import { type TrainerCommand, trainers } from "../../pipeline/contract/finetuning.js";
import { Artifact, Conversation } from "../../pipeline/contract/records.js";
import { fileRef, ownSource, yamlRef } from "../../pipeline/contract/reference.js";
import { type Context, defineStage } from "../../pipeline/contract/stage.js";
import type { TrainingConfig } from "../../pipeline/contract/training-config.js";
import { TrainingFile } from "../../pipeline/contract/training-file.js";
import { artifactOf } from "./lib/artifacts.js";
import { accountForRows, writeRows } from "./train/rows.js";
import { writeTokens } from "./train/tokens.js";

const Command = z.strictObject({
  program: fileRef(),
  interpreter: z.array(z.string().min(1)).default([]).describe("What runs the program, with its options: [python3]"),
  arguments: z.array(z.string()).default([]).describe("Arguments before the folder of the training"),
  files: z.array(fileRef()).default([]).describe("More files that decide what it does: what it imports"),
  requirements: fileRef()
    .optional()
    .describe(
      "A lock file (NAME==VERSION with hashes) of Python packages, which are installed once and put on its PYTHONPATH",
    ),
});

/**
 * The adapter goes where sft.yaml says, and what it was trained on and how to `training/`: the rows as the trainer was
 * given them, the whole configuration, and the loss of every step.
 */
export default defineStage({
  name: "train",
  summary: "Trains a LoRA adapter on the conversations, with an external trainer",
  version: 3,
  reads: Conversation,
  writes: Artifact,
  parallel: "whole",
  leaves: () => ["training/training.json", "training/log.jsonl"],
  needs: ["model", "finetuning"],
  options: z
    .strictObject({
      config: yamlRef(TrainingFile).describe("sft.yaml: the base model, the adapter, and how it is trained"),
      trainer: z
        .enum(trainers)
        .default("peft")
        .describe(
          "peft: transformers and PEFT, in an environment that is installed when it is first asked for; unsloth, " +
            "axolotl, mlx: that tool, in the Python environment that it is installed in; command: a program of " +
            "your own",
        ),
      compareTokens: z
        .int()
        .min(0)
        .default(32)
        .describe(
          "Rows of which the trainer's tokens have to be those that llama.cpp makes of the same messages, or nothing " +
            "is trained; 0: none, and the trainer writes the messages with the base's own chat template",
        ),
      command: Command.optional().describe("The program, where the trainer is command"),
    })
    .refine(({ trainer, command }) => (trainer === "command") === (command !== undefined), {
      error: "a program of yours where the trainer is `command`, and nowhere else",
      path: ["command"],
    }),

  async plan({ config: file, trainer }, { yaml, written, complain, finetuning }) {
    const limits = await finetuning.limits(trainer, yaml(file, TrainingFile));
    // What the file leaves out is no wish of the user's.
    const mistakes = limits.flatMap(({ path, reason, hint }) => {
      const place = written(file, path);
      return place === null
        ? []
        : [
            new PipelineError(`the trainer ${trainer} cannot do "${path.join(".")}": ${reason}`, {
              code: "config",
              hint,
              locations: [place],
            }),
          ];
    });
    for (const mistake of mistakes) complain(mistake);
    return mistakes.length > 0 ? null : await finetuning.tool(trainer);
  },

  async *run(conversations, { config: file, trainer, command, compareTokens }, context) {
    const whole = context.yaml(file, TrainingFile);
    const { seed = context.seed, ...config } = withoutOwn(whole);
    const base = context.model(config.base_model);
    const folder = context.outputDir;
    const isRendered = compareTokens > 0;
    const rows = await writeRows(conversations, folder, isRendered ? base : null);
    if (rows.train === 0) {
      throw new PipelineError("there is no row to train on", {
        code: "stage",
        hint: "rows of the split train are trained on, and all rows where there is no split",
      });
    }
    if (whole.dataset_path !== undefined && !rows.sources.has(ownSource("file", whole.dataset_path)))
      context.notice(
        `${file} names ${whole.dataset_path} as its dataset_path: nothing of it was trained on, but the rows of the ` +
          "steps before. The stage read-dataset reads it",
      );
    if (isRendered) await writeTokens(conversations, base, { folder, rows: compareTokens });
    const weights = await base.weights();
    const { facts, files, leftOut } = await context.finetuning.train(
      {
        trainer,
        config,
        seed,
        folder,
        command: command === undefined ? null : locateCommand(command, context),
        base: weights,
        chatTemplate: isRendered ? (await base.info()).chatTemplate : null,
      },
      ({ step, steps }) => context.progress(step, steps, "steps"),
    );
    const used = await accountForRows(conversations, leftOut, context);

    const { output_dir: adapter, merged_dir: merged } = config.output;
    const shared = {
      trainer,
      base_model: config.base_model,
      base_sha256: weights.sha256,
      dataset_sha256: rows.sha256,
      dataset_licences: rows.licences,
      train_rows: used.train,
      val_rows: used.val,
      left_out_rows: leftOut.length,
      ...facts,
    };
    for (const artifact of [
      { type: "adapter", path: adapter, facts: shared },
      ...(merged === null ? [] : [{ type: "model", path: merged, facts: shared }]),
      { type: "training-log", path: "training/log.jsonl", facts: {} },
    ]) {
      const made = await artifactOf(artifact, { files, folder });
      if (made !== null) yield made;
    }
  },
});

/** What a trainer is told of the file: what decides what it is given stands elsewhere in the request. */
function withoutOwn({ dataset_path: _train, eval_dataset_path: _val, training, ...config }: TrainingConfig) {
  const { seed, ...own } = training;
  return { ...config, training: own, ...(seed !== undefined && { seed }) };
}

function locateCommand(
  { program, files, requirements, ...rest }: z.output<typeof Command>,
  { file }: Pick<Context, "file">,
): TrainerCommand {
  return {
    ...rest,
    program: file(program),
    files: files.map((path) => file(path)),
    requirements: requirements === undefined ? null : file(requirements),
  };
}
