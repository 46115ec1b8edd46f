import { type Document, isNode, isSeq } from "yaml";
import { z } from "zod";
import { type Location, PipelineError } from "../system/errors.js";
import { schemaGrammar } from "./grammar/json-schema.js";
import { placeholderPattern, type Prompt, type PromptExample, render } from "./prompt.js";
import { AnyPrompt, type PromptType } from "./prompt-type.js";
import { promptOfTemplate } from "./prompt-template.js";
import { readYamlFile } from "../system/yaml-file.js";

/**
 * Reads and checks a prompt file: what is wrong with it is said with its place in the file. A pipeline file that holds
 * `prompt: { template: TEXT }` is one, too.
 */
export async function loadPrompt(path: string): Promise<Prompt>;
export async function loadPrompt<P extends Prompt>(path: string, type: PromptType<P>): Promise<P>;
export async function loadPrompt(path: string, type: PromptType = AnyPrompt): Promise<Prompt> {
  const file = await readPromptFile(path);
  const template = file.document.getIn(["prompt", "template"]);
  if (typeof template === "string") return readTemplate(template, file, type);
  const parsed = type.schema.safeParse(file.value);
  if (!parsed.success) throw invalid(parsed.error, file, type);
  for (const { path: place, placeholders } of type.templates ?? []) checkPlaceholders(place, placeholders, file);
  checkExamples(parsed.data, file, type);
  for (const form of ["chat", "completion"] as const) checkSchema(form, parsed.data[form], file);
  return parsed.data;
}

function readTemplate(template: string, file: PromptFile, type: PromptType): Prompt {
  const place = ["prompt", "template"];
  const [instruction] = type.templates ?? [];
  if (instruction !== undefined) checkPlaceholders(place, instruction.placeholders, file);
  try {
    return type.schema.parse(promptOfTemplate(template));
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    const { message, code, hint } = error;
    throw new PipelineError(message, {
      code,
      locations: [file.at(file.offsetOf(place), 1)],
      ...(hint !== undefined && { hint }),
    });
  }
}

interface PromptFile {
  readonly text: string;
  readonly document: Document;
  readonly value: unknown;
  /** A place by its offset in the text. */
  readonly at: (offset: number, length: number) => Location;
  /** Where the value of a path begins; the nearest one around it where it is missing. */
  readonly offsetOf: (path: readonly PropertyKey[]) => number;
}

async function readPromptFile(path: string): Promise<PromptFile> {
  const { text, document, value, place } = await readYamlFile(path, "not YAML").catch((error: unknown) => {
    throw error instanceof PipelineError
      ? error
      : new PipelineError(`cannot read the prompt file ${path}`, {
          code: "reference",
          hint: "check the path; it is relative to the pipeline file",
          cause: error,
        });
  });
  const offsetOf = (path: readonly PropertyKey[]): number => {
    const node = document.getIn(path, true);
    if (isNode(node) && node.range) return node.range[0];
    return path.length === 0 ? 0 : offsetOf(path.slice(0, -1));
  };
  return {
    text,
    document,
    value,
    offsetOf,
    at: (offset, length) => place(offset, offset + length),
  };
}

function invalid({ issues }: z.ZodError, { at, offsetOf }: PromptFile, type: PromptType): PipelineError {
  const [issue] = issues;
  const where = issue === undefined || issue.path.length === 0 ? "a prompt file" : issue.path.join(".");
  return new PipelineError(`${where}: ${issue?.message ?? "not valid"}`, {
    code: "config",
    hint: `a prompt file has name and instruction, and may have ${listed(optionalKeys(type))}`,
    locations: [at(offsetOf(issue?.path ?? []), 1)],
  });
}

function checkPlaceholders(
  path: readonly (string | number)[],
  placeholders: readonly string[],
  file: PromptFile,
): void {
  const { text, document, at, offsetOf } = file;
  const template = document.getIn(path);
  if (isSeq(template)) {
    for (const index of template.items.keys()) checkPlaceholders([...path, index], placeholders, file);
    return;
  }
  if (typeof template !== "string") return;
  for (const [written, name = ""] of template.matchAll(placeholderPattern)) {
    if (placeholders.includes(name)) continue;
    throw new PipelineError(`unknown placeholder ${written} in ${path.join(".")}`, {
      code: "config",
      hint: `it can show ${placeholders.map((known) => `{{${known}}}`).join(", ")}`,
      locations: [at(text.indexOf(written, offsetOf(path)), written.length)],
    });
  }
}

/** An example that begins otherwise than answers are made to begin would teach the model what it then cannot write. */
function checkExamples({ completion }: Prompt, { at, offsetOf }: PromptFile, { templates, shownIn }: PromptType): void {
  if (completion === undefined || templates === null) return;
  for (const [index, example] of completion.examples.entries()) {
    const begin = render(completion.begin, shownIn(example));
    if (example.answer.startsWith(begin)) continue;
    throw new PipelineError(
      `the answer of the example "${nameOf(example, index)}" does not begin as every answer does: expected ` +
        JSON.stringify(begin),
      {
        code: "config",
        hint: "write the answer out whole, with what `begin` says",
        locations: [at(offsetOf(["completion", "examples", index, "answer"]), 1)],
      },
    );
  }
}

/** A schema that some models hold no answer to is told of before any model is asked. */
function checkSchema(
  form: "chat" | "completion",
  { grammar, schema }: Pick<NonNullable<Prompt["chat"]>, "grammar" | "schema"> = {},
  { at, offsetOf }: PromptFile,
): void {
  if (schema === undefined) return;
  const locations = [at(offsetOf([form, "schema"]), 1)];
  if (grammar !== undefined) {
    throw new PipelineError(`${form} has both a grammar and a schema`, {
      code: "config",
      hint: "an answer is held to one of them: remove the other",
      locations,
    });
  }
  try {
    schemaGrammar(schema);
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    const { message, hint } = error;
    throw new PipelineError(message, { code: "config", locations, ...(hint !== undefined && { hint }) });
  }
}

/** What a prompt file of this type may hold beside name and instruction. */
function optionalKeys({ schema }: PromptType): string[] {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return Object.keys(properties).filter((name) => !required.includes(name));
}

/** "system, chat and completion" */
function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

function nameOf({ name }: PromptExample, index: number): string {
  return typeof name === "string" ? name : String(index + 1);
}
