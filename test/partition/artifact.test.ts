import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hashArtifact } from "../../pipeline/contract/artifact-hash.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { Artifact } from "../../pipeline/contract/records.js";
import type { Stage } from "../../pipeline/contract/stage.js";
import { temporaryFolder } from "../support/pipelines.js";
import { runStage } from "../support/run-stage.js";
import { pattern } from "../support/pattern.js";

const { default: readBack } = (await import(join(packageRoot, "test/support/stages/read-back.mjs"))) as {
  default: Stage;
};

/** Folders of two steps that have left the same path, and the artifact of each. */
async function twoSteps() {
  const root = await temporaryFolder();
  const folders = ["one", "other"].map((name) => join(root, name));
  const artifacts = await Promise.all(
    folders.map(async (folder, index) => {
      mkdirSync(folder);
      writeFileSync(join(folder, "same.txt"), `of step ${index}`);
      return Artifact.make(
        { type: "text", path: "same.txt", ...(await hashArtifact(folder, "same.txt")), facts: {} },
        { source: null, from: [] },
      );
    }),
  );
  return { folders, artifacts };
}

describe("context.artifact", () => {
  it("finds what the artifact is of, whichever step stands first", async () => {
    const { folders, artifacts } = await twoSteps();
    for (const artifactFolders of [folders, folders.toReversed()]) {
      const { kept } = await runStage(readBack, artifacts, {}, { artifactFolders });
      expect(kept).toMatchObject([{ response: "of step 0" }, { response: "of step 1" }]);
    }
  });

  it("refuses what is no longer what the step left", async () => {
    const { folders, artifacts } = await twoSteps();
    writeFileSync(join(folders[1] ?? "", "same.txt"), "edited");
    await expect(runStage(readBack, artifacts.slice(1), {}, { artifactFolders: folders })).rejects.toMatchObject({
      code: "stage",
      message: expect.stringMatching(
        pattern(
          /"same\.txt" is not what a step before this one left: expected SHA-256 [0-9a-f]{64}, found [0-9a-f]{64} /u,
          /and [0-9a-f]{64}/u,
        ),
      ),
    });
  });

  it("refuses a path that leads out, and one that nobody left", async () => {
    const {
      folders: [folder = ""],
      artifacts: [artifact],
    } = await twoSteps();
    for (const path of ["../other/same.txt", "nothing.txt"]) {
      const stray = Artifact.derive(artifact as Artifact, { path });
      await expect(runStage(readBack, [stray], {}, { artifactFolders: [folder] })).rejects.toMatchObject({
        message: expect.stringContaining("no step before this one has left"),
      });
    }
  });
});

it("a folder is known by the names and contents of all its files", async () => {
  const {
    folders: [one = "", other = ""],
  } = await twoSteps();
  for (const folder of [one, other]) {
    mkdirSync(join(folder, "adapter/inner"), { recursive: true });
    writeFileSync(join(folder, "adapter/config.json"), "{}");
    writeFileSync(join(folder, "adapter/inner/weights"), "w");
  }
  expect(await hashArtifact(one, "adapter")).toEqual(await hashArtifact(other, "adapter"));
  writeFileSync(join(other, "adapter/inner/weights"), "v");
  expect((await hashArtifact(one, "adapter")).sha256).not.toBe((await hashArtifact(other, "adapter")).sha256);
});
