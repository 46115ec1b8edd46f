import { z } from "zod";
import { renderInstruction } from "../../pipeline/contract/prompt.js";
import { reason } from "../../pipeline/contract/reasons.js";
import { Example } from "../../pipeline/contract/records.js";
import { Target } from "../python/lib/records.js";
import { PytestEvidence } from "../tests/lib/evidence/pytest-evidence.js";
import { pytestExample } from "../tests/lib/pytest-example.js";
import { promptRef } from "../../pipeline/contract/reference.js";
import { defineStage } from "../../pipeline/contract/stage.js";
import { goldTests } from "./gold/gold-tests.js";
import { shownTarget, TestPrompt } from "../python/lib/test-prompt.js";

/**
 * The tests that come with a benchmark of correct and buggy programs (see `pairs`), each program's as one row that
 * stands alone.
 */
export default defineStage({
  name: "gold",
  summary: "Reads the tests that a benchmark of correct and buggy programs brings: its JSON cases and its pytest files",
  version: 1,
  reads: Target,
  writes: Example,
  evidence: [PytestEvidence],
  parallel: "record",
  partition: 256,
  options: z.strictObject({
    prompt: promptRef(TestPrompt).default("prompts/pytest.yaml").describe("The prompt file that says what a row asks"),
  }),

  async *run(targets, options, context) {
    const prompt = context.prompt(options.prompt, TestPrompt);
    for await (const target of targets) {
      const { source } = target;
      const found =
        source === null ? { missing: "no source" } : await goldTests(target, (await context.sourceTree(source)).folder);
      if ("missing" in found) {
        context.drop(target, reason("no-gold-tests", `no gold tests: ${found.missing}`));
        continue;
      }
      for (const { part, reason: why } of found.rejected) context.reject(part, target, why);
      if (found.code === "") {
        context.drop(
          target,
          reason(
            "no-gold-tests",
            `no gold tests: ${found.rejected[0]?.reason.text ?? "there is no case in its files"}`,
          ),
        );
        continue;
      }
      yield pytestExample(target, {
        prompt: renderInstruction(prompt, shownTarget(target)),
        response: found.code,
        labels: { teacher: "human" },
      });
    }
  },
});
