import { copyFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { Artifact, defineStage, fileRef, z } from "distil-pipeline/stage";

/** Leaves a copy of a file: what a step that trains or converts a model leaves. */
export default defineStage({
  name: "copy-file",
  summary: "Leaves a copy of a file",
  version: 1,
  writes: Artifact,
  parallel: "whole",
  options: z.strictObject({ file: fileRef() }),
  async *run(_inputs, { file }, context) {
    const path = basename(file);
    await copyFile(context.file(file), join(context.outputDir, path));
    yield Artifact.make(
      { type: "gguf", path, sha256: "0".repeat(64), bytes: 0, facts: {} },
      { source: null, from: [] },
    );
  },
});
