import { z } from "zod";
import { renderInstruction } from "../../pipeline/contract/prompt.js";
import { reason } from "../../pipeline/contract/reasons.js";
import { Example } from "../../pipeline/contract/records.js";
import { Target } from "../python/lib/records.js";
import { PytestEvidence } from "./lib/evidence/pytest-evidence.js";
import { pytestExample } from "./lib/pytest-example.js";
import { promptRef } from "../../pipeline/contract/reference.js";
import { defineStage } from "../../pipeline/contract/stage.js";
import { argumentList } from "./lib/calls/call.js";
import { firstCalls } from "./lib/calls/calls.js";
import { shownTarget, TestPrompt } from "../python/lib/test-prompt.js";

/**
 * A baseline for comparisons: one test that calls the function, with arguments guessed as `record` guesses them, and
 * asserts nothing that could be false. It passes where the call raises nothing; where nothing is known of a parameter,
 * the call gives no arguments, and shows that by failing.
 */
export default defineStage({
  name: "smoke",
  summary: "Writes a test for each function that calls it and asserts nothing: a baseline for comparisons",
  version: 1,
  reads: Target,
  writes: Example,
  evidence: [PytestEvidence],
  parallel: "record",
  options: z.strictObject({
    prompt: promptRef(TestPrompt).default("prompts/pytest.yaml").describe("The prompt file that says what a row asks"),
  }),

  async *run(targets, options, context) {
    const prompt = context.prompt(options.prompt, TestPrompt);
    for await (const target of targets) {
      const { targetKind: kind } = target;
      if (kind !== "function") {
        context.drop(target, reason("not-a-function", `not a function: ${kind}`));
        continue;
      }
      yield pytestExample(target, {
        prompt: renderInstruction(prompt, shownTarget(target)),
        response: smokeTest(target),
        labels: { teacher: "smoke" },
      });
    }
  },
});

/** Every value is an object: the assertion says no more than that the call came back. */
function smokeTest(target: Target): string {
  const { name, isAsync } = target;
  const [first] = firstCalls(target, 1);
  const call = `${name}(${first === undefined ? "" : argumentList(first)})`;
  return [
    ...(isAsync ? ["import asyncio", "", ""] : []),
    `def test_${name.replaceAll(/^_+|_+$/gu, "")}():`,
    `    result = ${isAsync ? `asyncio.run(${call})` : call}`,
    "    assert isinstance(result, object)",
  ].join("\n");
}
