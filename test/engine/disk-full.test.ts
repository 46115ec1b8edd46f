import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { pipelineOf, runAll, temporaryFolder } from "../support/pipelines.js";

const canMount = process.platform === "linux" && process.getuid?.() === 0;

it.runIf(canMount)(
  "says that the disk is full, leaves nothing half-written, and goes on when there is space",
  async () => {
    const cwd = await temporaryFolder();
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=700k", "tmpfs", cwd]);
    onTestFinished(() => void execFileSync("umount", ["-l", cwd]));
    const pipeline = await pipelineOf(cwd, [
      { stage: "numbers", with: { count: 2000 } },
      { stage: "keep-odd" },
      { stage: "write-out" },
    ]);
    const { error } = await runAll(pipeline, { cwd });
    expect(error).toMatchObject({
      code: "disk",
      message: expect.stringContaining("no space is left"),
      hint: expect.stringContaining("same command"),
    });
    for (const name of readdirSync(cwd, { recursive: true, encoding: "utf8" })) {
      if (name.endsWith("manifest.json")) JSON.parse(readFileSync(join(cwd, name), "utf8"));
    }

    execFileSync("mount", ["-o", "remount,size=50m", cwd]);
    expect((await runAll(pipeline, { cwd })).error).toBeUndefined();
    expect(readFileSync(join(cwd, "data/test/numbers.txt"), "utf8").split("\n").length).toBe(1001);
  },
);
