import type { z } from "zod";
import { Prompt, type PromptExample, type Texts } from "./prompt.js";

/** A prompt that a stage asks with: what its file may hold, and what its templates may show. */
export interface PromptType<P extends Prompt = Prompt> {
  readonly schema: z.ZodType<P>;
  /**
   * The placeholders that each template may name, by the template's path in the file; null: any, it is not asked with.
   */
  readonly templates: readonly { readonly path: readonly string[]; readonly placeholders: readonly string[] }[] | null;
  /** What the templates of a completion show of an example. */
  readonly shownIn: (example: PromptExample) => Texts;
}

/**
 * A prompt as a stage asks with it: `promptRef(FactPrompt)` makes the file be checked when the plan is made, and
 * `context.prompt(ref, FactPrompt)` gives it.
 * @param definition.shows the placeholders, a zod object of texts
 * @param definition.schema what the file may hold beside `Prompt`: sections of its own; `Prompt` unless told
 * @param definition.templates placeholders of templates that show something else, by dotted path: `{ retry:
 * ["problems"] }`
 * @param definition.shownIn what an example of a completion shows; its own fields unless told
 * @example
 * const FactPrompt = definePrompt({ shows: z.strictObject({ fact: z.string().describe("The fact, in words") }) });
 * const { prompt } = renderChatQuestion(context.prompt(options.prompt, FactPrompt), { fact: "RATE is 0.25" });
 */
export function definePrompt<P extends Prompt = Prompt>({
  shows,
  schema = Prompt as unknown as z.ZodType<P>,
  templates = {},
  shownIn = ownTexts,
}: {
  readonly shows: z.ZodObject<Readonly<Record<string, z.ZodType<string>>>>;
  readonly schema?: z.ZodType<P>;
  readonly templates?: Readonly<Record<string, readonly string[]>>;
  readonly shownIn?: (example: PromptExample) => Texts;
}): PromptType<P> {
  const all = Object.keys(shows.shape);
  const common: Readonly<Record<string, readonly string[]>> = {
    instruction: all,
    "chat.system": all,
    "chat.user": [...all, "instruction"],
    "chat.raw": [...all, "instruction"],
    "chat.prefill": all,
    "chat.grammar": all,
    "completion.template": all,
    "completion.begin": all,
    "completion.grammar": all,
  };
  return {
    schema,
    templates: Object.entries({ ...common, ...templates }).map(([path, placeholders]) => ({
      path: path.split("."),
      placeholders,
    })),
    shownIn,
  };
}

/** A prompt file of which a stage reads something, and which another one asks with. */
export const AnyPrompt: PromptType = { schema: Prompt, templates: null, shownIn: ownTexts };

function ownTexts(example: PromptExample): Texts {
  return Object.fromEntries(
    Object.entries(example).flatMap(([name, text]) => (typeof text === "string" ? [[name, text]] : [])),
  );
}
