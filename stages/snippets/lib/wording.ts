import { closest } from "fastest-levenshtein";
import { z } from "zod";
import { placeholderPattern, type Texts } from "../../../pipeline/contract/prompt.js";
import { definePrompt, type PromptType } from "../../../pipeline/contract/prompt-type.js";
import { promptRef } from "../../../pipeline/contract/reference.js";
import type { Context } from "../../../pipeline/contract/stage.js";

/** How rows ask: the path of a prompt file, or a template that stands in the pipeline file itself. */
export type Wording = string | { readonly template: string };

/** What the rows of a stage can be asked with. */
export interface WordingType<N extends string> {
  readonly option: z.ZodType<Wording>;
  /** What the template shows, by the names of its placeholders. */
  readonly shows: readonly N[];
  /** The template that an option stands for. */
  readonly templateOf: (wording: Wording, context: Pick<Context, "prompt">) => string;
}

/** An option that says how rows ask, by what its placeholders may show: names with a word on each. */
export function defineWording<const N extends string>(shows: Readonly<Record<N, string>>): WordingType<N> {
  const names = Object.keys(shows) as N[];
  const shape = Object.fromEntries(names.map((name) => [name, z.string().describe(shows[name])]));
  const type: PromptType = definePrompt({ shows: z.strictObject(shape) });
  return {
    option: z.union([promptRef(type), z.strictObject({ template: templateText(names) })]),
    shows: names,
    templateOf: (wording, context) =>
      (typeof wording === "string" ? context.prompt(wording, type).instruction : wording.template).trim(),
  };
}

/** A template that stands in the pipeline file: it may show these texts and no others. */
export function templateText(shows: readonly string[]) {
  return z
    .string()
    .min(1)
    .superRefine((text, problem) => {
      for (const message of strayPlaceholders(text, shows)) problem.addIssue({ code: "custom", message });
    });
}

/** What is wrong with the placeholders of a template, a sentence each. */
export function strayPlaceholders(text: string, shows: readonly string[]): string[] {
  return [...text.matchAll(placeholderPattern)].flatMap(([written, name = ""]) =>
    shows.includes(name)
      ? []
      : [
          `unknown placeholder ${written}; did you mean {{${closest(name, [...shows])}}}? It can show ` +
            shows.map((known) => `{{${known}}}`).join(", "),
        ],
  );
}

/** What a template shows. */
export type Shown<N extends string> = Texts & Readonly<Record<N, string>>;
