import { schemaGrammar } from "../../contract/grammar/json-schema.js";
import type { FullRequest } from "../generation-key.js";
import { isChat } from "./prompt-tokens.js";

/**
 * A request whose schema is a grammar, as llama.cpp knows it: what is remembered of the answer goes by the grammar.
 * Throws a PipelineError (stage) where no grammar holds an answer to the schema.
 *
 * @param insideThoughts whether the chat format opens the thoughts of an answer: they are closed, or they would be held
 * to the schema
 */
export function heldToGrammar(
  { schema, ...request }: FullRequest,
  { insideThoughts }: { readonly insideThoughts: boolean },
): FullRequest {
  if (schema === undefined) return request;
  const closesThoughts = insideThoughts && request.prefill === "" && isChat(request.prompt);
  return {
    ...request,
    grammar: schemaGrammar(schema),
    ...(closesThoughts && { prefill: "\n</think>\n\n" }),
  };
}
