import { expect, it } from "vitest";
import { secondsText } from "../../pipeline/cli/evaluate/seconds.js";
import { loadStages } from "../../pipeline/contract/stage.js";
import { stages } from "../../stages/index.js";
import type { Step } from "../../pipeline/engine/config/pipeline.js";

const shipped = await loadStages(stages);
const asking = (id: string, model: unknown, stage = "generate"): Pick<Step, "id" | "stage" | "options"> => ({
  id,
  stage: shipped.find(({ name }) => name === stage) as Step["stage"],
  options: { model },
});
const ran = (step: string, seconds: number, cached = false) => ({ step, cached, in: 10, seconds });

it("says how long each model took a function that was asked by a step of its own in this run", () => {
  const pipeline = {
    steps: [asking("generate", ["base"]), asking("ask-student", "student"), asking("repair", "student", "verify")],
  };
  const steps = [ran("generate", 42), ran("ask-student", 5), ran("repair", 7)];
  const tokens = new Map([
    ["base", 1000],
    ["student", 200],
  ]);
  expect(
    secondsText({
      pipeline,
      steps,
      tokens,
      generated: new Map([
        ["base", 980],
        ["student", 200],
      ]),
    }),
  ).toBe("Seconds a function, in this run: base 4.2, student 0.5.");
});

it.each([
  ["the step was finished before", [asking("generate", ["base"])], [ran("generate", 0.1, true)], 1000],
  ["its answers were remembered", [asking("generate", ["base"])], [ran("generate", 0.1)], 500],
  ["the step asks another model too", [asking("generate", ["base", "student"])], [ran("generate", 42)], 1000],
  ["nothing was asked", [asking("generate", ["base"])], [], 1000],
])("says nothing where %s", (_, steps, finished, written) => {
  expect(
    secondsText({
      pipeline: { steps },
      steps: finished,
      tokens: new Map([["base", 1000]]),
      generated: new Map([["base", written]]),
    }),
  ).toBe("");
});
