import { literal, oneOf, Rules } from "./gbnf.js";
import { requireApart } from "./apart.js";
import { arrayBody } from "./arrays.js";
import { annotations, Keywords, type SchemaType, typesAskedFor, typesOfValue } from "./keywords.js";
import { number, wholeNumber } from "./numbers.js";
import { objectBody } from "./objects.js";
import { type Refuse, refuserAt, schemaFault, type SchemaPath } from "./schema-fault.js";
import { stringBody } from "./strings.js";

/** Deeper than any schema that was written by hand. */
const deepest = 64;
const mostReferences = 500;
const largest = 400_000;

/** Reads one schema, and writes the rules of its grammar. */
export class SchemaReader {
  readonly #rules: Rules;
  /** Rules of what a reference names, by the reference. */
  readonly #references = new Map<string, string>();

  /** @param known rules that it may use by name: one for each type, `value` for any of them, `char` and `ws` */
  constructor(
    private readonly whole: unknown,
    known: Readonly<Record<string, string>>,
  ) {
    this.#rules = new Rules(known);
  }

  grammar(): string {
    if (isNestedDeeper(this.whole, 2 * deepest)) throw schemaFault("it is nested too deep", []);
    const text = this.#rules.text(this.#read(this.whole, [], new Set()));
    if (text.length > largest)
      throw schemaFault(`its grammar would have ${text.length} characters, and at most ${largest} are read`, []);
    return text;
  }

  /**
   * What a schema allows.
   *
   * @param path where it stands
   * @param open references that lead here without anything being written: one that is used again would go on for ever
   */
  #read(schema: unknown, path: SchemaPath, open: ReadonlySet<string>): string {
    if (path.length > deepest) throw schemaFault("it is nested too deep", path.slice(0, 3));
    if (schema === true) return "value";
    if (schema === false) throw schemaFault("false allows nothing", path);
    const keywords = this.#keywords(schema, path);
    const refuse = refuserAt(path);
    if (keywords.$ref !== undefined) {
      refuseBeside(keywords, "$ref", [], path);
      return this.#reference(keywords.$ref, path, open);
    }
    const alternatives = keywords.anyOf ?? keywords.oneOf;
    if (alternatives !== undefined) {
      const word = keywords.anyOf === undefined ? "oneOf" : "anyOf";
      refuseBeside(keywords, word, [], path);
      if (word === "oneOf")
        requireApart(alternatives, {
          find: (reference) => this.#find(reference, path),
          read: (each) => this.#keywords(each, path),
          refuse,
        });
      return oneOf(alternatives.map((each, index) => this.#read(each, [...path, word, String(index)], open)));
    }
    if (keywords.allOf !== undefined) {
      refuseBeside(keywords, "allOf", [], path);
      const [only, ...more] = keywords.allOf;
      if (more.length > 0) refuse("allOf", "only one schema can stand in it");
      return this.#read(only, [...path, "allOf", "0"], open);
    }
    const types = [keywords.type ?? typesAskedFor(keywords)].flat();
    const values = keywords.enum ?? (keywords.const === undefined ? undefined : [keywords.const]);
    if (values !== undefined) {
      const word = keywords.enum === undefined ? "const" : "enum";
      refuseBeside(keywords, word, ["type"], path);
      const fitting = values.filter((value) =>
        keywords.type === undefined ? true : typesOfValue(value).some((type) => types.includes(type)),
      );
      if (fitting.length === 0) refuse(word, "none of its values is of the type");
      return oneOf(fitting.map((value) => literal(JSON.stringify(value))));
    }
    return types.length === 0 ? "value" : oneOf(types.map((type) => this.#ofType(type, keywords, path)));
  }

  #keywords(schema: unknown, path: SchemaPath): Keywords {
    if (typeof schema !== "object" || schema === null || Array.isArray(schema))
      throw schemaFault("expected an object with keywords, true or false", path);
    for (const [word, value] of Object.entries(schema)) {
      // Said of whole numbers by some, and asks for nothing more.
      if (word === "multipleOf" && value === 1 && "type" in schema && schema.type === "integer") continue;
      if (!(word in Keywords.shape) && !annotations.has(word) && !word.startsWith("x-"))
        throw schemaFault(`an answer cannot be held to "${word}"`, path);
    }
    const parsed = Keywords.safeParse(schema);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw schemaFault(issue?.message ?? "not a schema", [...path, ...(issue?.path ?? []).map(String)]);
  }

  #ofType(type: SchemaType, keywords: Keywords, path: SchemaPath): string {
    const refuse = refuserAt(path);
    switch (type) {
      case "string":
        return stringBody(keywords, refuse);
      case "number":
      case "integer":
        return this.#number(type, keywords, refuse);
      case "array":
        return arrayBody(keywords, {
          rules: this.#rules,
          refuse,
          read: (item, ...place) => this.#read(item, [...path, ...place], new Set()),
        });
      case "object":
        return this.#object(keywords, path);
      default:
        return type;
    }
  }

  #number(type: "number" | "integer", keywords: Keywords, refuse: Refuse): string {
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = keywords;
    const [over, under] = [exclusiveMinimum ?? -Infinity, exclusiveMaximum ?? Infinity];
    const least = Math.max(minimum ?? -Infinity, over);
    const most = Math.min(maximum ?? Infinity, under);
    if (least === -Infinity && most === Infinity) return type;
    const bounds = {
      least: least === -Infinity ? null : least,
      most: most === Infinity ? null : most,
      isOver: over === least,
      isUnder: under === most,
    };
    if (type === "number" && ![bounds.least, bounds.most].every((bound) => bound === null || Number.isInteger(bound)))
      refuse("minimum", "a number that need not be whole is held between whole ones alone");
    const written = type === "integer" ? wholeNumber(bounds) : number(bounds);
    return written ?? refuse("minimum", "no number lies between the bounds");
  }

  #object({ properties = {}, required = [], additionalProperties }: Keywords, path: SchemaPath): string {
    const names = Object.keys(properties);
    // Without a word on its fields, an object has any.
    const others = additionalProperties ?? (names.length === 0 && required.length === 0);
    const missing = required.find((name) => !names.includes(name));
    if (missing !== undefined) refuserAt(path)("required", `properties do not say what "${missing}" is`);
    const fields = names.map((name) => ({
      name,
      value: this.#rules.add(this.#read(properties[name], [...path, "properties", name], new Set())),
      isRequired: required.includes(name),
    }));
    if (others === false) return objectBody(fields, null, this.#rules);
    const more = this.#rules.add(this.#read(others, [...path, "additionalProperties"], new Set()));
    return objectBody(fields, more, this.#rules);
  }

  #reference(reference: string, path: SchemaPath, open: ReadonlySet<string>): string {
    if (open.has(reference)) throw schemaFault(`"$ref": ${reference} leads to itself`, path);
    const known = this.#references.get(reference);
    if (known !== undefined) return known;
    const name = this.#rules.reserve();
    this.#references.set(reference, name);
    if (this.#references.size > mostReferences) throw schemaFault(`it has more than ${mostReferences} references`, []);
    const schema = this.#find(reference, path);
    this.#rules.define(name, this.#read(schema, [reference], new Set([...open, reference])));
    return name;
  }

  /** What a reference within the schema names. */
  #find(reference: string, path: SchemaPath): unknown {
    if (!/^#(?:\/|$)/u.test(reference)) refuserAt(path)("$ref", `"${reference}" is not in the schema itself`);
    let found: unknown = this.whole;
    for (const part of reference.split("/").slice(1)) {
      const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
      const isThere = typeof found === "object" && found !== null && Object.hasOwn(found, key);
      if (!isThere) refuserAt(path)("$ref", `nothing is at "${reference}"`);
      found = (found as Readonly<Record<string, unknown>>)[key];
    }
    return found;
  }
}

/** Throws where something stands beside a keyword that an answer is not held to there. */
function refuseBeside(
  keywords: Keywords,
  word: keyof Keywords,
  but: readonly (keyof Keywords)[],
  path: SchemaPath,
): void {
  const beside = (Object.keys(keywords) as (keyof Keywords)[]).find(
    (each) => keywords[each] !== undefined && each !== word && !but.includes(each),
  );
  if (beside !== undefined) refuserAt(path)(beside, `not beside "${word}"`);
}

/** Looked at level by level: what is nested too deep for this program's stack is looked at, too. */
function isNestedDeeper(value: unknown, most: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= most && level.length > 0; depth += 1)
    level = level.flatMap((each) => (typeof each === "object" && each !== null ? Object.values(each) : []));
  return level.length > 0;
}
