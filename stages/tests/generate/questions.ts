import { PipelineError } from "../../../pipeline/system/errors.js";
import type { PromptForm } from "../../../pipeline/contract/model-spec.js";
import type { Context } from "../../../pipeline/contract/stage.js";
import { TestPrompt } from "../../python/lib/test-prompt.js";

/** A prompt file, and the form in which it is asked by. */
export interface Question {
  readonly prompt: TestPrompt;
  readonly form: PromptForm;
}

/** How a model is asked about functions and the like, and how about routes; null where the step does not say that. */
export interface Questions {
  readonly target: Question;
  readonly route: Question | null;
}

/** What a step says of how its models are asked. */
interface QuestionOptions {
  readonly prompt?: string | undefined;
  readonly routePrompt?: string | undefined;
  readonly form?: PromptForm | undefined;
}

/**
 * How a model is asked: the step is stronger than the model's entry. Throws a PipelineError (config) where a prompt
 * file cannot ask in the form that is wanted.
 */
export function questionsFor(
  ref: string,
  { prompt: file, routePrompt, form }: QuestionOptions,
  context: Pick<Context, "prompt" | "modelPrompt">,
): Questions {
  const own =
    file === undefined
      ? context.modelPrompt(ref, TestPrompt)
      : { file, prompt: context.prompt(file, TestPrompt), form: "auto" as const };
  return {
    target: question(own.file, { prompt: own.prompt, form: form ?? own.form }),
    route:
      routePrompt === undefined
        ? null
        : question(routePrompt, { prompt: context.prompt(routePrompt, TestPrompt), form: form ?? "auto" }),
  };
}

function question(file: string, asked: Question): Question {
  if (asked.form === "completion" && asked.prompt.completion === undefined) {
    throw new PipelineError(`${file} does not say how a completion is asked for`, {
      code: "config",
      hint: "add `completion:` to it, or ask with form: chat",
    });
  }
  return asked;
}

/** What a model has to be able to do to be asked a question: what its answer is held to. */
export function heldTo(asked: Question | null): ("grammar" | "schema")[] {
  if (asked === null) return [];
  const { chat, completion } = asked.prompt;
  const { grammar, schema } = (asked.form === "chat" ? chat : (completion ?? chat)) ?? {};
  return [...(grammar === undefined ? [] : ["grammar" as const]), ...(schema === undefined ? [] : ["schema" as const])];
}
