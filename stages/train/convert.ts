import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { PipelineError } from "../../pipeline/system/errors.js";
import { adapterTypes, modelTypes } from "../../pipeline/contract/finetuning.js";
import { reason } from "../../pipeline/contract/reasons.js";
import { Artifact } from "../../pipeline/contract/records.js";
import { modelRef } from "../../pipeline/contract/reference.js";
import { defineStage } from "../../pipeline/contract/stage.js";
import { ggufMetadata } from "./convert/metadata.js";
import { artifactOf } from "./lib/artifacts.js";

/**
 * `gguf/adapter-f16.gguf`, `gguf/merged-q8_0.gguf`, ...: what models run from here, and anywhere that llama.cpp runs.
 */
export default defineStage({
  name: "convert",
  summary: "Makes GGUF files of a trained adapter, by itself and merged into its base",
  version: 1,
  reads: Artifact,
  writes: Artifact,
  parallel: "whole",
  leaves: (options) => outputsOf(options).map(({ path }) => path),
  needs: ["model", "finetuning", "pipelineName"],
  options: z
    .strictObject({
      base: modelRef({ can: ["weights"] }).describe("The base model that the adapter was trained on"),
      adapter: z
        .enum(adapterTypes)
        .nullable()
        .default("f16")
        .describe("Number format of the adapter by itself, which is loaded beside the base; null: none is made"),
      merged: z
        .array(z.enum(modelTypes))
        .default([])
        .describe("Number formats of the base with the adapter merged into it"),
    })
    .refine(({ adapter, merged }) => adapter !== null || merged.length > 0, {
      error: "nothing is to be made: name a number format for adapter or merged",
      path: ["merged"],
    }),

  async *run(artifacts, { base: ref, adapter: adapterType, merged }, context) {
    let converted: Artifact | null = null;
    const model = context.model(ref);
    const base = await model.weights();
    const { licence } = await model.info();
    for await (const artifact of artifacts) {
      if (artifact.type !== "adapter") {
        context.drop(artifact, reason("no-adapter", `no adapter: ${artifact.type}`));
        continue;
      }
      requireSameBase(artifact, ref, base.sha256);
      if (converted !== null) throw tooMany(converted, artifact);
      converted = artifact;
      const outputs = outputsOf({ adapter: adapterType, merged });
      const files = outputs.map(({ holds, type, path }) => ({ holds, type, file: join(context.outputDir, path) }));
      await mkdir(join(context.outputDir, "gguf"), { recursive: true });
      await context.finetuning.convert(
        {
          adapter: await context.artifact(artifact),
          base: base.path,
          outputs: files,
          metadata: ggufMetadata(artifact, { licence, pipeline: context.pipelineName }),
        },
        ({ step, steps }) => context.progress(step, steps, "files"),
      );
      for (const { holds, type, path } of outputs) {
        const made = await artifactOf(
          { type: "gguf", path, facts: { ...artifact.facts, holds, number_format: type } },
          { files: [path], folder: context.outputDir, from: artifact },
        );
        if (made !== null) yield made;
      }
    }
  },
});

function outputsOf({
  adapter,
  merged,
}: {
  readonly adapter: (typeof adapterTypes)[number] | null;
  readonly merged: readonly (typeof modelTypes)[number][];
}) {
  return [
    ...(adapter === null ? [] : [{ holds: "adapter" as const, type: adapter }]),
    ...merged.map((type) => ({ holds: "merged" as const, type })),
  ].map((output) => ({ ...output, path: `gguf/${output.holds}-${output.type}.gguf` }));
}

/** The files of a second one would have the names of the first. */
function tooMany(first: Artifact, second: Artifact): PipelineError {
  return new PipelineError(`two adapters come in, ${first.path} and ${second.path}, and a step converts one`, {
    code: "config",
    hint: "give each a `convert` step of its own, with a folder of its own in the outputs: output: FOLDER",
  });
}

/** An adapter on another base than its own loads, and answers nonsense. */
function requireSameBase({ facts }: Artifact, ref: string, sha256: string): void {
  const { base_sha256: trainedOn, base_model: name } = facts;
  if (trainedOn === undefined || trainedOn === sha256) return;
  throw new PipelineError(
    `the adapter was not trained on the base "${ref}": expected the file with SHA-256 ${String(trainedOn)}, got ` +
      sha256,
    {
      code: "config",
      hint: `write base: ${String(name)}, which it was trained on`,
    },
  );
}
