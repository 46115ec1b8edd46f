import { z } from "zod";

/** What an option may name outside the pipeline file. Resolved, hashed and checked when the plan is made. */
export type ReferenceType = "model" | "file" | "prompt" | "source" | "yaml";

// What a file holds is a schema of any kind, which the type of a registry cannot say.
const references = z.registry<{ reference: ReferenceType; holds: unknown }>();

/** A model: a name under `models:`, or pypi:, hf:, file:, step: itself. Use it through `context.model(ref)`. */
export const modelRef = () => reference("model", "A name under models:, or pypi:NAME@VERSION, hf:OWNER/REPO/FILE.gguf, file:PATH");

/** A file, relative to the pipeline file. Use it through `context.file(ref)`. */
export const fileRef = () => reference("file", "A path, relative to the pipeline file");

/** A prompt file (YAML), relative to the pipeline file. Use it through `context.prompt(ref)`. */
export const promptRef = () => reference("prompt", "A prompt file, relative to the pipeline file");

/** A place that code comes from. Use it through `context.sources.fetch(ref)`. */
export const sourceRef = () => reference("source", "pypi:NAME[@VERSION], git:URL[@COMMIT|BRANCH], folder:PATH, archive:PATH of a .whl or .zip, or list:FILE with one of these a line");

/**
 * A YAML file that the schema describes, relative to the pipeline file. It may hold references of its own. Its mistakes
 * are shown where they stand in it, when the plan is made. Use it through `context.yaml(ref, schema)`.
 */
export const yamlRef = (holds: z.ZodType) => reference("yaml", "A YAML file, relative to the pipeline file", holds);

function reference(type: ReferenceType, description: string, holds?: z.ZodType) {
  const schema = z.string().min(1).describe(description);
  references.add(schema, { reference: type, holds });
  return schema;
}

export function referenceType(schema: z.core.$ZodType): ReferenceType | undefined {
  return references.get(schema as z.ZodType)?.reference;
}

/** What the file of a `yaml` reference holds. */
export function heldSchema(schema: z.core.$ZodType): z.ZodType | undefined {
  return references.get(schema as z.ZodType)?.holds as z.ZodType | undefined;
}
