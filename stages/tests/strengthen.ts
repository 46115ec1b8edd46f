import { z } from "zod";
import { PipelineError } from "../../pipeline/system/errors.js";
import type { Message, Model } from "../../pipeline/contract/model.js";
import { renderFollowUp } from "../../pipeline/contract/prompt.js";
import { givenNames } from "../python/lib/pytest-file.js";
import { type Reason, reason } from "../../pipeline/contract/reasons.js";
import { Example } from "../../pipeline/contract/records.js";
import { unverified, PytestEvidence } from "./lib/evidence/pytest-evidence.js";
import { modelRef, promptRef } from "../../pipeline/contract/reference.js";
import type { Mutant } from "../../pipeline/contract/mutation.js";
import { type Context, defineStage } from "../../pipeline/contract/stage.js";
import { readAnswer } from "./lib/answers/answer.js";
import { orFail, sandboxIdentities } from "./lib/in-sandbox.js";
import { joinTests } from "./lib/join-tests.js";
import { runMutants } from "./lib/candidate.js";
import { TestPrompt } from "../python/lib/test-prompt.js";

const options = z.strictObject({
  model: modelRef(),
  prompt: promptRef(TestPrompt).default("prompts/pytest.yaml"),
  mutants: z.int().min(1).default(20).describe("Most mutants that the tests of an example are run on"),
  shown: z.int().min(1).default(5).describe("Most surviving mutants that the model is shown"),
  temperature: z.number().min(0).max(2).default(0).describe("0 is greedy"),
  timeout: z.number().positive().default(10).describe("CPU seconds of a mutant"),
  memory: z.int().min(64).default(512).describe("MiB of memory of a mutant"),
});
type Options = z.output<typeof options>;

/**
 * Feedback without a circle: stands after `verify`, and shows a model the mutants that the tests of an example let
 * live. What it adds stands below the tests that are there, and the whole has to be verified again: put a second
 * `verify` after it. An example that leaves no mutant alive, or gets no test, stays as it is.
 */
export default defineStage({
  name: "strengthen",
  summary: "Asks a model for tests that notice the mutants which the tests of an example do not",
  version: 1,
  reads: Example,
  writes: Example,
  parallel: "record",
  needs: ["sandbox", "model"],
  options,

  async *run(examples, options, context) {
    const { system, strengthen: template } = context.prompt(options.prompt, TestPrompt);
    if (template === undefined) {
      throw new PipelineError(`${options.prompt} does not say how a model is shown surviving mutants`, {
        code: "config",
        hint: "add `strengthen:` to it, with {{survivors}} in it, as config/prompts/pytest.yaml has",
      });
    }
    const model = context.model(options.model);
    const teacher = { model, name: `model:${(await model.info()).name}`, template, system };
    const identityOf = sandboxIdentities(context.sandbox);
    const strengthened = context.map(examples, async (example) => {
      const { evidence, source } = example;
      if (!PytestEvidence.is(evidence) || source === null) return example;
      return await orFail(example, context, async () => {
        const candidate = { example, evidence, source, identity: await identityOf(source) };
        const tests = evidence.verdicts.filter(({ outcome }) => outcome === "passed").map(({ test }) => test);
        if (tests.length === 0) return example;
        const { mutants } = await runMutants(
          candidate,
          example.response,
          { ...options, tests, limit: options.mutants, enough: null },
          context,
        );
        const survivors = mutants.filter(({ outcome }) => outcome === "survived");
        return survivors.length === 0
          ? example
          : await moreTests({ example, evidence }, survivors, teacher, options, context);
      });
    });
    for await (const example of strengthened) if (example !== null) yield example;
  },
});

interface Teacher {
  readonly model: Model;
  readonly name: string;
  readonly template: string;
  readonly system: string | undefined;
}

/** The example with what the model adds to its tests, not verified yet; as it is where that is nothing. */
async function moreTests(
  { example, evidence: { target, preamble } }: { readonly example: Example; readonly evidence: PytestEvidence },
  survivors: readonly Mutant[],
  { model, name, template, system }: Teacher,
  { shown, temperature }: Options,
  context: Pick<Context, "reject" | "signal">,
): Promise<Example> {
  const diffs = survivors
    .slice(0, shown)
    .map(({ diff }) => `\`\`\`diff\n${diff.trimEnd()}\n\`\`\``)
    .join("\n\n");
  const prompt: Message[] = [
    ...(system === undefined ? [] : [{ role: "system" as const, content: system }]),
    { role: "user", content: example.prompt },
    { role: "assistant", content: example.response },
    { role: "user", content: renderFollowUp(template, { survivors: diffs }) },
  ];
  const added = await addedTests(model, prompt, { example, imported: givenNames(target), temperature }, context);
  if ("reason" in added) {
    context.reject({ target: target.qualifiedName, answer: added.answer }, example, added.reason);
    return example;
  }
  return Example.derive(example, {
    response: added.response,
    labels: { ...example.labels, strengthened: name },
    evidence: unverified(target, preamble),
  });
}

async function addedTests(
  model: Model,
  prompt: readonly Message[],
  {
    example,
    imported,
    temperature,
  }: { readonly example: Example; readonly imported: readonly string[]; readonly temperature: number },
  { signal }: Pick<Context, "signal">,
): Promise<{ readonly response: string } | { readonly answer: string; readonly reason: Reason }> {
  try {
    const { text, finish } = await model.generate({ prompt, sampling: { temperature } }, { signal });
    const { tests } = readAnswer(text, { truncated: finish !== "stop", splitAssertions: false, imported });
    const response = tests === null ? null : joinTests(example.response, tests);
    return response === null
      ? { answer: text, reason: reason("nothing-added", "nothing added: the answer holds no new test") }
      : { response };
  } catch (error) {
    if (error instanceof PipelineError && error.code === "prompt-too-long")
      return { answer: "", reason: reason("prompt-too-long", `prompt-too-long: ${error.message}`) };
    throw error;
  }
}
