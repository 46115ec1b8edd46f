import { z } from "zod";
import { anyNumber, wholeNumber } from "./numbers.js";
import { SchemaReader } from "./schema-reader.js";

/** A JSON schema: keywords, or `true` for any value. */
export const JsonSchema = z.union([z.boolean(), z.record(z.string(), z.unknown())]);
export type JsonSchema = boolean | Readonly<Record<string, unknown>>;

/**
 * The GBNF grammar of the JSON texts of which a schema holds: every text of it does, though not all that do are texts
 * of it. Fields come in the order of `properties`, and others only where `additionalProperties` says so. Throws a
 * PipelineError (stage) that names the keyword, where the schema asks for what no grammar holds an answer to, or is
 * none.
 *
 * @example
 *   const grammar = schemaGrammar({ type: "object", properties: { name: { type: "string" } }, required: ["name"] });
 */
export function schemaGrammar(schema: JsonSchema): string {
  return new SchemaReader(schema, known).grammar();
}

/** Rules that schemas use by name. Blanks between tokens are few, so that a model cannot write nothing else. */
const known = {
  ws: String.raw`| " " | "\n" [ \t]{0,16}`,
  char: String.raw`[^"\\\x00-\x1F\x7F\uD800-\uDFFF] | "\\" (["\\/bfnrt] | "u" code)`,
  // Of a character beyond the first 65,536, a half alone says nothing.
  code: "[0-9a-cefA-CEF] [0-9a-fA-F]{3} | [dD] [0-7] [0-9a-fA-F]{2}",
  string: String.raw`"\"" char* "\""`,
  number: anyNumber,
  integer: wholeNumber({ least: null, most: null, isOver: false, isUnder: false }) ?? "",
  boolean: '"true" | "false"',
  null: '"null"',
  value: "object | array | string | number | boolean | null",
  object: '"{" ws (string ":" ws value ("," ws string ":" ws value)*)? ws "}"',
  array: '"[" ws (value ("," ws value)*)? ws "]"',
};
