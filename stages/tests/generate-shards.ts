import { z } from "zod";
import { reason } from "../../pipeline/contract/reasons.js";
import { Example } from "../../pipeline/contract/records.js";
import { Shard } from "../python/lib/records.js";
import { PytestEvidence } from "./lib/evidence/pytest-evidence.js";
import { pytestExample } from "./lib/pytest-example.js";
import { modelRef, promptRef } from "../../pipeline/contract/reference.js";
import { renderRowInstruction } from "../python/lib/shard-prompt.js";
import { type Context, defineStage } from "../../pipeline/contract/stage.js";
import { type AnsweredTarget, type Answers, answersFor } from "./generate-shards/attempts.js";
import { tellInsteadOf } from "./lib/instead-of.js";
import { samplingOf, samplingOptions } from "./lib/sampling.js";
import { ProjectModules } from "../python/lib/project-modules.js";
import { TestPrompt } from "../python/lib/test-prompt.js";

const options = z.strictObject({
  model: modelRef(),
  prompt: promptRef(TestPrompt).default("prompts/pytest-shard.yaml"),
  attempts: z
    .int()
    .min(1)
    .max(5)
    .default(3)
    .describe(
      "Most questions about a shard; each after the first is about the targets that are still without a test, and " +
        "says what was wrong",
    ),
  ...samplingOptions,
  maxTokens: z
    .int()
    .min(1)
    .optional()
    .describe("Most tokens of an answer; those that the shard leaves free for it unless told"),
});

/**
 * Asks a model for the tests of all targets of a shard with one question. Each target that a test was written for
 * becomes an example of its own, so that what follows is the same as for a target that was asked about alone. What
 * holds of no target is left out with its reason, and a target that no attempt brought a test for is told by name.
 */
export default defineStage({
  name: "generate-shards",
  summary: "Asks a model for the tests of many targets with one question, and again for those that are missing",
  version: 1,
  reads: Shard,
  writes: Example,
  evidence: [PytestEvidence],
  parallel: "record",
  takesSharedKeys: true,
  needs: ["model", "sources"],
  options,

  async *run(shards, { model: ref, attempts, prompt: file, maxTokens, ...sampling }, context) {
    const prompt = context.prompt(file, TestPrompt);
    const model = context.model(ref);
    const { name, sha256, insteadOf } = await model.info();
    tellInsteadOf(insteadOf, name, context);
    const made = context.map(shards, async (shard) => {
      const modules = new ProjectModules(await context.sourceTree(expectSource(shard)));
      const answers = await answersFor(shard, {
        model,
        prompt,
        modules,
        attempts,
        request: { sampling: samplingOf(sampling), maxTokens: maxTokens ?? shard.answerTokens },
      });
      tellOfRest(answers, shard, context);
      const labels = {
        teacher: `model:${name}`,
        model: ref,
        model_sha256: sha256,
        suite: shard.suite,
        shard: shard.number,
      };
      return answers.answered.map((answered) =>
        toExample(answered, shard, labels, renderRowInstruction(prompt, answered.target)),
      );
    });
    for await (const examples of made) yield* examples;
  },
});

function expectSource({ source, number }: Shard): NonNullable<Shard["source"]> {
  if (source === null) throw new TypeError(`shard ${number} has no source`);
  return source;
}

function toExample(
  { target, tests, attempt, truncated }: AnsweredTarget,
  shard: Shard,
  labels: Example["labels"],
  prompt: string,
): Example {
  return pytestExample(
    target,
    { prompt, response: tests, labels: { ...labels, attempt, truncated } },
    { source: target.source, from: [target, shard] },
  );
}

/** Says what was left out of the answers, and which targets have no test. */
function tellOfRest(
  { answered, unanswered, rejected, problems }: Answers,
  shard: Shard,
  context: Pick<Context, "reject" | "drop">,
): void {
  for (const { part, attempt, reason: why } of rejected) context.reject({ attempt, text: part }, shard, why);
  const why = problems.at(0) ?? "no answer held a test of it that can be used";
  for (const { id, qualifiedName } of unanswered) {
    context.reject({ target: qualifiedName, id, problems }, shard, reason("never-answered", why));
  }
  if (answered.length === 0)
    context.drop(shard, reason("no-code", `no attempt held a test of any of its ${shard.targets.length} targets`));
}
