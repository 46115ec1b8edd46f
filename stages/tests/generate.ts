import { z } from "zod";
import { PipelineError } from "../../pipeline/system/errors.js";
import type { GenerateRequest, Generation, Model } from "../../pipeline/contract/model.js";
import { promptForms } from "../../pipeline/contract/model-spec.js";
import {
  beginningsOf,
  renderChatQuestion,
  renderCompletion,
  renderInstruction,
} from "../../pipeline/contract/prompt.js";
import { type Reason, reason } from "../../pipeline/contract/reasons.js";
import { Example } from "../../pipeline/contract/records.js";
import { Target } from "../python/lib/records.js";
import { PytestEvidence } from "./lib/evidence/pytest-evidence.js";
import { pytestExample } from "./lib/pytest-example.js";
import { modelPromptRef, modelRef, promptRef } from "../../pipeline/contract/reference.js";
import { type Context, defineStage } from "../../pipeline/contract/stage.js";
import { tellInsteadOf } from "./lib/instead-of.js";
import { samplingOf, samplingOptions } from "./lib/sampling.js";
import { withoutBodies } from "../python/lib/without-bodies.js";
import { shownTarget, TestPrompt } from "../python/lib/test-prompt.js";
import { heldTo, type Questions, questionsFor } from "./generate/questions.js";
import { joinSamples, readSamples } from "./generate/samples.js";

const options = z.strictObject({
  model: z
    .union([modelRef({ may: ["grammar", "schema"] }), z.array(modelRef({ may: ["grammar", "schema"] })).min(1)])
    .describe("Who is asked: one model, or a list of models that are each asked for every target"),
  prompt: modelPromptRef(TestPrompt, "model", "prompts/pytest.yaml"),
  routePrompt: promptRef(TestPrompt).optional(),
  form: z
    .enum(promptForms)
    .optional()
    .describe(
      "How the model is asked: by chat messages, or to go on with a text of examples; auto: the latter where the " +
        "prompt file has such a text. What the model's entry says, or auto, unless told",
    ),
  keepUnanswered: z
    .boolean()
    .default(false)
    .describe(
      "Keeps a target that a model wrote no test for, as an example without any: what an evaluation counts as failed",
    ),
  show: z
    .enum(["source", "signature"])
    .default("source")
    .describe("What a question shows of the code: all of it, or signatures and docstrings alone"),
  samples: z.int().min(1).max(64).default(1).describe("Answers a target; each that holds a test becomes an example"),
  join: z
    .boolean()
    .default(false)
    .describe(
      "Makes one example of all answers for a target, with the tests of each: with `smallest` of `verify`, the best " +
        "of what it wrote",
    ),
  ...samplingOptions,
  maxTokens: z
    .int()
    .min(1)
    .optional()
    .describe("Most tokens of an answer; what the prompt file says, or 512, unless told"),
});
type Options = z.output<typeof options>;

/**
 * Asks a model for the tests of each target. A sample becomes an example where a test function can be read out of it,
 * run or not: `verify` tells which are right. A cut answer keeps its whole tests, and says so in its labels.
 */
export default defineStage({
  name: "generate",
  summary: "Asks a model for tests of each target",
  version: 6,
  reads: Target,
  writes: Example,
  evidence: [PytestEvidence],
  parallel: "record",
  takesSharedKeys: true,
  needs: ["model"],
  options,

  async plan(options, context) {
    for (const ref of [options.model].flat()) {
      const asked = Object.values(questionsFor(ref, options, context));
      for (const what of new Set(asked.flatMap(heldTo))) context.require(ref, [what], `its prompt has a ${what}`);
    }
  },

  async *run(targets, options, context) {
    const asked = await Promise.all(
      [options.model].flat().map(async (ref): Promise<Asked> => {
        const model = context.model(ref);
        const { name, sha256, insteadOf } = await model.info();
        tellInsteadOf(insteadOf, name, context);
        return { model, ref, teacher: `model:${name}`, sha256, questions: questionsFor(ref, options, context) };
      }),
    );
    const examples = context.map(targets, async (whole) => {
      if (whole.route !== undefined && options.routePrompt === undefined) {
        context.drop(
          whole,
          reason("no-prompt", "no prompt: this step does not say how routes are asked for (routePrompt)"),
        );
        return [];
      }
      const target = options.show === "source" ? whole : { ...whole, promptCode: withoutBodies(whole.promptCode) };
      const answered = await Promise.all(asked.map(async (who) => await answersOf(who, target, options, context)));
      const kept = answered.flatMap(({ made }) => made);
      if (kept.length === 0) context.drop(target, answered[0]?.nothing ?? noSample);
      return kept;
    });
    for await (const made of examples) yield* made;
  },
});

const noSample = reason("no-code", "no-code: no sample holds a test");

interface Asked {
  readonly model: Model<"grammar" | "schema">;
  /** As the pipeline file names it. */
  readonly ref: string;
  readonly teacher: string;
  readonly sha256: string;
  readonly questions: Questions;
}

/** What one model wrote for one target, as examples; with the reason where that is nothing. */
async function answersOf(
  { model, ref, teacher, sha256, questions: asked }: Asked,
  target: Target,
  options: Options,
  context: Pick<Context, "reject">,
): Promise<{ readonly made: Example[]; readonly nothing: Reason }> {
  const { prompt, form } = target.route === undefined ? asked.target : (asked.route ?? asked.target);
  const completion = form === "chat" ? undefined : prompt.completion;
  const shown = shownTarget(target);
  const questions: SampleQuestions =
    completion === undefined
      ? { of: (sample) => renderChatQuestion(prompt, shown, sample), different: beginningsOf(prompt) }
      : { of: () => renderCompletion(completion, shown, TestPrompt.shownIn), different: 1 };
  const answers = await ask(model, target, questions, options);
  const read =
    "code" in answers
      ? []
      : readSamples(
          answers,
          { target, splitAssertions: (completion ?? prompt.chat)?.splitAssertions ?? false },
          context,
        );
  const answered = options.join && read.length > 1 ? [joinSamples(read)] : read;
  const nothing = "code" in answers ? answers : noSample;
  const toExample = (response: string, labels: Example["labels"]) =>
    pytestExample(target, {
      prompt: renderInstruction(prompt, shown),
      response,
      labels: { teacher, model: ref, model_sha256: sha256, ...labels },
    });
  if (answered.length > 0 || !options.keepUnanswered)
    return { made: answered.map(({ tests, ...labels }) => toExample(tests, labels)), nothing };
  const tokens = "code" in answers ? 0 : answers.reduce((sum, answer) => sum + answer.tokens.generated, 0);
  return { made: [toExample("", { unanswered: nothing.text, tokens })], nothing };
}

/** What each sample of a target is asked, and how many of these questions differ. */
interface SampleQuestions {
  readonly of: (sample: number) => GenerateRequest<"grammar" | "schema">;
  readonly different: number;
}

/** The samples of a target; why there are none, where its question does not fit into the model's context. */
async function ask(
  model: Model<"grammar" | "schema">,
  target: Target,
  questions: SampleQuestions,
  options: Options,
): Promise<Generation[] | Reason> {
  const sampling = samplingOf(options);
  // Greedy samples of one question are one and the same.
  const wanted = sampling.temperature === 0 ? Math.min(options.samples, questions.different) : options.samples;
  try {
    return await Promise.all(
      Array.from({ length: wanted }, async (_, sample) => {
        const question = questions.of(sample);
        const { maxTokens = question.maxTokens } = options;
        const request = { ...question, sampling, sample, ...(maxTokens !== undefined && { maxTokens }) };
        const answer = await model.generate(request, {
          about: [target.source?.path ?? target.module, target.qualifiedName].join(": "),
        });
        return { ...answer, text: withoutLead(answer.text, question.prefill ?? "") };
      }),
    );
  } catch (error) {
    if (error instanceof PipelineError && error.code === "prompt-too-long")
      return reason("prompt-too-long", `prompt-too-long: ${target.qualifiedName}: ${error.message}`);
    throw error;
  }
}

/** A comment that an answer is made to begin with asks for something: it says nothing of the test below it. */
function withoutLead(text: string, prefill: string): string {
  return text.startsWith(prefill) ? prefill.replaceAll(/^[ \t]*#.*\n/gmu, "") + text.slice(prefill.length) : text;
}
