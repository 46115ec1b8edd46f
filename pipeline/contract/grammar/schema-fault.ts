import { PipelineError } from "../../system/errors.js";
import type { Keywords } from "./keywords.js";

/** Where a schema stands in another one: keywords, names and numbers. */
export type SchemaPath = readonly string[];

/** Tells of a keyword that an answer cannot be held to it. */
export type Refuse = (keyword: keyof Keywords, why: string) => never;

/** Refuses keywords of the schema at this place. */
export function refuserAt(path: SchemaPath): Refuse {
  return (keyword, why) => {
    throw schemaFault(`an answer cannot be held to "${keyword}": ${why}`, path);
  };
}

/** What is wrong with the schema at this place. */
export function schemaFault(what: string, path: SchemaPath): PipelineError {
  const place = path.length === 0 ? "" : ` at ${path.join(".")}`;
  return new PipelineError(`the JSON schema${place}: ${what}`, {
    code: "stage",
    hint: "docs/served-models.md lists what answers are held to",
  });
}
