import { z } from "zod";
import { PipelineError } from "../pipeline/errors.js";
import type { GenerateRequest, Generation, Model } from "../pipeline/model.js";
import { type Prompt, renderChatQuestion, renderCompletion, renderInstruction } from "../pipeline/prompt.js";
import { preamble } from "../pipeline/pytest-file.js";
import { Example, Target } from "../pipeline/records.js";
import { modelRef, promptRef } from "../pipeline/reference.js";
import { type Context, defineStage } from "../pipeline/stage.js";
import { readAnswer } from "./generate/answer.js";

const options = z.strictObject({
  model: modelRef(),
  prompt: promptRef().default("prompts/pytest.yaml"),
  form: z.enum(["auto", "chat", "completion"]).default("auto")
    .describe("How the model is asked: by chat messages, or to go on with a text of examples; auto: the latter where the prompt file has such a text"),
  samples: z.int().min(1).max(64).default(1).describe("Answers a target; each that holds a test becomes an example"),
  temperature: z.number().min(0).max(2).default(0.4).describe("0 is greedy: one sample is then all there is"),
  topP: z.number().gt(0).max(1).default(1).describe("Draws from the most likely tokens that together have this probability"),
  topK: z.int().min(0).default(100).describe("Draws from this many of the most likely tokens; 0: from all, which costs time"),
  minP: z.number().min(0).max(1).default(0.05).describe("Leaves out tokens less likely than this part of the most likely one"),
  repeatPenalty: z.number().min(1).max(2).default(1).describe("Makes tokens that stand in the answer less likely; 1: does not"),
  maxTokens: z.int().min(1).optional().describe("Most tokens of an answer; what the prompt file says, or 512, unless told"),
});
type Options = z.output<typeof options>;

/**
 * Asks a model for the tests of each target. A sample becomes an example where a test function can be read out of it,
 * run or not: `verify` tells which are right. A cut answer keeps its whole tests, and says so in its labels.
 */
export default defineStage({
  name: "generate",
  summary: "Asks a model for tests of each target",
  version: 1,
  reads: Target,
  writes: Example,
  parallel: "record",
  needs: ["model"],
  options,

  async *run(targets, options, context) {
    const model = context.model(options.model);
    const prompt = context.prompt(options.prompt);
    if (options.form === "completion" && prompt.completion === undefined) {
      throw new PipelineError(`${options.prompt} does not say how a completion is asked for`, { code: "config", hint: "add `completion:` to it, or ask with form: chat" });
    }
    const teacher = `model:${(await model.info()).name}`;
    const completion = options.form === "chat" ? undefined : prompt.completion;
    const examples = context.map(targets, async (target) => {
      const question = completion === undefined ? renderChatQuestion(prompt, target) : renderCompletion(completion, target);
      const answers = await ask(model, target, question, options);
      if (typeof answers === "string") {
        context.drop(target, answers);
        return [];
      }
      return toExamples(answers, { target, prompt, teacher, splitAssertions: completion?.splitAssertions ?? false }, context);
    });
    for await (const made of examples) yield* made;
  },
});

/** The samples of a target; why there are none, where its question does not fit into the model's context. */
async function ask(model: Model, target: Target, question: GenerateRequest, options: Options): Promise<Generation[] | string> {
  const { samples, temperature, topP, topK, minP, repeatPenalty, maxTokens = question.maxTokens } = options;
  // Greedy samples are one and the same.
  const wanted = temperature === 0 ? 1 : samples;
  try {
    return await Promise.all(Array.from({ length: wanted }, async (_, sample) => {
      const sampling = { temperature, topP, topK, minP, repeatPenalty };
      return await model.generate({ ...question, sampling, sample, ...(maxTokens !== undefined && { maxTokens }) });
    }));
  } catch (error) {
    if (error instanceof PipelineError && error.code === "prompt-too-long") return `prompt-too-long: ${target.qualifiedName}: ${error.message}`;
    throw error;
  }
}

function toExamples(
  answers: readonly Generation[],
  { target, prompt, teacher, splitAssertions }: { readonly target: Target; readonly prompt: Prompt; readonly teacher: string; readonly splitAssertions: boolean },
  context: Pick<Context, "drop" | "reject">,
): Example[] {
  const before = preamble(target);
  const [callee = ""] = target.qualifiedName.split(".");
  const responses = new Set<string>();
  const examples = answers.flatMap(({ text, finish }, sample) => {
    const truncated = finish === "length";
    const { tests, rejected } = readAnswer(text, { truncated, splitAssertions, imported: ["pytest", callee] });
    for (const { part, reason } of rejected) context.reject({ sample, text: part }, target, reason);
    if (tests === null) return [];
    if (responses.has(tests)) {
      context.reject({ sample, text: tests }, target, "duplicate: another sample wrote the same");
      return [];
    }
    responses.add(tests);
    return [Example.make({
      task: "pytest",
      language: target.language,
      prompt: renderInstruction(prompt, target),
      response: tests,
      split: null,
      labels: { teacher, sample, truncated },
      evidence: {
        type: "pytest",
        target: { id: target.id, kind: target.targetKind, name: target.name, qualifiedName: target.qualifiedName, module: target.module },
        preamble: before, verdicts: [], hashSeeds: [], sandbox: null,
      },
    }, { source: target.source, from: [target] })];
  });
  if (examples.length === 0) context.drop(target, "no-code: no sample holds a test");
  return examples;
}
