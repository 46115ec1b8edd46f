import { isAbsolute, posix } from "node:path";
import { z } from "zod";
import type { Capability } from "./capabilities.js";
import type { ModelRef } from "./model-ref.js";
import { AnyPrompt, type PromptType } from "./prompt-type.js";

/** What an option may name outside the pipeline file. Resolved, hashed and checked when the plan is made. */
export type ReferenceType = "model" | "file" | "prompt" | "source" | "yaml";

// What a file holds is a schema of any kind, which the type of a registry cannot say.
const references = z.registry<{
  reference: ReferenceType;
  holds?: unknown;
  prompt?: unknown;
  ofModels?: ModelPrompt;
  asks?: AskedOfModel;
  place?: OwnPlace;
}>();

/** A folder or a file of the user's own, as an option names it by its path alone. */
export interface OwnPlace {
  readonly type: "folder" | "file";
  /** The option beside it that names the folder from which the path goes on; null: the pipeline file's. */
  readonly below: string | null;
}

/** What an option asks of a model beside writing. */
export interface AskedOfModel {
  /** What it always has to be able to do. */
  readonly can: readonly Capability[];
  /** What the stage asks for in its `plan`, where other options want it. */
  readonly may: readonly Capability[];
}

/** A prompt file that an option may leave to the models that another one names. */
export interface ModelPrompt {
  /** The option that names the models. */
  readonly option: string;
  /** The prompt file of a model whose entry names none. */
  readonly otherwise: string;
}

/**
 * A model: a name under `models:`, or pypi:, hf:, file:, step: itself. Use it through `context.model(ref)`, which gives
 * the model with what is asked for here. A model that `can` not do it is refused when the plan is made, at the user's
 * own line. What a stage `may` need, depending on its other options, it asks for itself in `plan` (`context.require`).
 *
 * @example
 *   tokenizer: modelRef({ can: ["tokens"] }).optional().describe("Whose tokens are counted"),
 */
export function modelRef<const C extends Capability = never, const M extends Capability = never>({
  can = [],
  may = [],
}: { readonly can?: readonly C[]; readonly may?: readonly M[] } = {}): z.ZodType<ModelRef<C | M>, string> {
  const schema = reference(
    "model",
    "A name under models:, a short name, or pypi:NAME@VERSION, hf:OWNER/REPO/FILE.gguf, file:PATH",
    { asks: { can, may } },
  );
  return schema as unknown as z.ZodType<ModelRef<C | M>, string>;
}

/**
 * A file, relative to the pipeline file. Use it through `context.file(ref)`.
 *
 * @example
 *   options: z.strictObject({ words: fileRef().describe("Words that are left out, one a line") }),
 */
export const fileRef = () => reference("file", "A path, relative to the pipeline file");

/**
 * A prompt file (YAML), relative to the pipeline file. Use it through `context.prompt(ref, type)`.
 * @param asks the prompt that the stage asks with: the file is checked for it when the plan is made; unless told, the
 *   stage only reads what any prompt file has
 *
 * @example
 *   prompt: promptRef(FilePrompt).describe("How it is asked"),
 */
export const promptRef = (asks: PromptType = AnyPrompt) =>
  reference("prompt", "A prompt file, relative to the pipeline file", { prompt: asks });

/**
 * A prompt file that may be left out: then each model that the option `option` names is asked as its own entry says, or
 * by `otherwise`. Use what is left out through `context.modelPrompt(ref, type)`.
 */
export const modelPromptRef = (asks: PromptType, option: string, otherwise: string) =>
  reference(
    "prompt",
    `A prompt file, relative to the pipeline file; the one that the model's entry names, or ${otherwise}, unless told`,
    { prompt: asks, ofModels: { option, otherwise } },
  ).optional();

/**
 * A place that code comes from. Use it through `context.sources.fetch(ref)`.
 *
 * @example
 *   sources: z.array(sourceRef()).min(1).describe("Where the code comes from"),
 */
export const sourceRef = () =>
  reference(
    "source",
    "pypi:NAME[@VERSION], git:URL[@COMMIT|BRANCH], folder:PATH, file:PATH, archive:PATH of a .whl or .zip, or " +
      "list:FILE with one of these a line",
  );

const basePaths = z.registry<{ isBase: true }>();

/**
 * The folder from which the paths of other options go on (see folderRef): it is no reference itself. Relative to the
 * pipeline file, and to the working folder where the command line names it.
 *
 * @example
 *   root: basePath("Folder of the project").default("."),
 */
export function basePath(description: string): z.ZodString {
  const schema = z.string().min(1).describe(`${description}, relative to the pipeline file`);
  basePaths.add(schema, { isBase: true });
  return schema;
}

/** Whether an option is such a folder. */
export function isBasePath(schema: z.core.$ZodType): boolean {
  return basePaths.has(schema);
}

/**
 * A folder of the user's own, by its path alone: what lies in it is part of what a step depends on. Use it through
 * `context.sources.fetch(ownSource("folder", path, root))`.
 *
 * @param below the option beside it that names the folder from which the path goes on
 * @example
 *   root: basePath("Folder of the project"),
 *   folder: folderRef({ below: "root" }).default("src").describe("Where its files lie"),
 */
export const folderRef = ({ below = null }: { readonly below?: string | null } = {}) =>
  reference("source", "A folder", { place: { type: "folder", below } });

/** A file of the user's own, as `folderRef` names a folder: `context.sources.fetch(ownSource("file", path, root))`. */
export const ownFileRef = ({ below = null }: { readonly below?: string | null } = {}) =>
  reference("source", "A file", { place: { type: "file", below } });

/**
 * The source that a path names: `folder:../shop/src` for "src" below "../shop".
 *
 * @param root the folder from which the path goes on: a path, or a reference that begins with folder:
 */
export function ownSource(type: OwnPlace["type"], path: string, root = "."): string {
  const plain = path.replace(/^(?:folder|file):/u, "");
  return `${type}:${isAbsolute(plain) ? plain : posix.join(root.replace(/^folder:/u, ""), plain)}`;
}

/**
 * A YAML file that the schema describes, relative to the pipeline file. It may hold references of its own. Its mistakes
 * are shown where they stand in it, when the plan is made. Use it through `context.yaml(ref, schema)`.
 *
 * @example
 *   themes: yamlRef(z.array(z.string())).describe("What is asked about"),
 */
export const yamlRef = (holds: z.ZodType) => reference("yaml", "A YAML file, relative to the pipeline file", { holds });

type PathInFile = readonly (string | number)[];
/** Where a file may say what it is read as at a path: under each of its names. */
export type OtherNames = (path: PathInFile) => readonly PathInFile[];
const otherNames = z.registry<{ names: unknown }>();

/**
 * The schema of a YAML file in which things have several names, of which the schema answers one: mistakes are then
 * shown where the file says it.
 */
export function withOtherNames<S extends z.ZodType>(schema: S, names: OtherNames): S {
  otherNames.add(schema, { names });
  return schema;
}

/** Under which names a file of this schema may say what it is read as at a path, the path itself first. */
export function otherNamesOf(schema: z.ZodType): OtherNames {
  const names = otherNames.get(schema)?.names as OtherNames | undefined;
  return (path) => [path, ...(names?.(path) ?? [])];
}

interface Facts {
  readonly holds?: z.ZodType;
  readonly prompt?: PromptType;
  readonly ofModels?: ModelPrompt;
  readonly asks?: AskedOfModel;
  readonly place?: OwnPlace;
}

function reference(type: ReferenceType, description: string, facts: Facts = {}) {
  const schema = z.string().min(1).describe(description);
  references.add(schema, { reference: type, ...facts });
  return schema;
}

/** What the value of an option names; undefined where it names nothing outside the pipeline file. */
export function referenceType(schema: z.core.$ZodType): ReferenceType | undefined {
  return references.get(schema as z.ZodType)?.reference;
}

/** Of a prompt that is left to the models, where it may be. */
export function promptOfModels(schema: z.core.$ZodType): ModelPrompt | undefined {
  return references.get(schema as z.ZodType)?.ofModels;
}

/** What an option asks of the model that it names; undefined where it names none. */
export function askedOfModel(schema: z.core.$ZodType): AskedOfModel | undefined {
  return references.get(schema as z.ZodType)?.asks;
}

/** Of an option that names a place of the user's own by its path; undefined for any other. */
export function ownPlace(schema: z.core.$ZodType): OwnPlace | undefined {
  return references.get(schema as z.ZodType)?.place;
}

/** The prompt that a stage asks with from the file. */
export function askedPrompt(schema: z.core.$ZodType): PromptType {
  return (references.get(schema as z.ZodType)?.prompt as PromptType | undefined) ?? AnyPrompt;
}

/** What the file of a `yaml` reference holds. */
export function heldSchema(schema: z.core.$ZodType): z.ZodType | undefined {
  return references.get(schema as z.ZodType)?.holds as z.ZodType | undefined;
}
