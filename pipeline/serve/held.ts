import type { GenerateRequest } from "../contract/model.js";
import { ServeError } from "./errors.js";
import type { ChatRequest, CompletionRequest } from "./schema.js";

/** What an answer is held to, and what a model has to be able to do for that. */
export interface Held {
  readonly can: ("grammar" | "schema")[];
  readonly to: Pick<GenerateRequest, "grammar" | "schema">;
}

/** Throws a ServeError 400 where a request names two things. */
export function heldTo({ grammar, response_format: format }: ChatRequest | CompletionRequest): Held {
  const schema =
    format?.type === "json_object"
      ? { type: "object" }
      : format?.type === "json_schema"
        ? format.json_schema.schema
        : undefined;
  if (typeof grammar === "string") {
    if (schema === undefined) return { can: ["grammar"], to: { grammar } };
    throw new ServeError(400, "invalid_value", "an answer is held to response_format or to grammar", "grammar");
  }
  return schema === undefined ? { can: [], to: {} } : { can: ["schema"], to: { schema } };
}
