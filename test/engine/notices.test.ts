import { expect, it } from "vitest";
import type { Notice } from "../../pipeline/contract/events.js";
import { pipelineOf, runAll, temporaryFolder } from "../support/pipelines.js";

it("what a step says of its result as a whole is told once, both when it runs and when it was finished", async () => {
  const cwd = await temporaryFolder();
  const pipeline = await pipelineOf(cwd, [{ stage: "numbers", with: { count: 20_000 } }, { stage: "tell" }]);
  const first = await runAll(pipeline, { cwd });
  const again = await runAll(pipeline, { cwd });
  expect(again.steps.map(({ cached }) => cached)).toEqual([true, true]);
  for (const { events, steps } of [first, again]) {
    const notices = events.filter((event): event is Notice => event.type === "notice");
    expect(notices).toEqual([{ type: "notice", level: "warning", message: "tell: half of it is odd" }]);
    expect(steps.map(({ notices: told }) => told)).toEqual([[], ["half of it is odd"]]);
  }
});
