import { type CodePoints, escaped, inJsonString, others, pointsOf } from "./code-points.js";
import { literal, oneOf, type Rules } from "./gbnf.js";

/** A field of an object: its name, and the rule of its value. */
export interface Field {
  readonly name: string;
  readonly value: string;
  readonly isRequired: boolean;
}

/**
 * An object with these fields in this order, those that are not required perhaps left out.
 *
 * @param more rule of a value under any other name; null: there are no other names
 */
export function objectBody(fields: readonly Field[], more: string | null, rules: Rules): string {
  const others =
    more === null
      ? null
      : `${otherName(
          fields.map(({ name }) => name),
          rules,
        )} ":" ws ${more}`;
  // What may follow once something is written, and what may come where nothing is yet: from the last field on.
  let following = others === null ? "" : rules.add(`("," ws ${others})*`);
  let beginning = others === null ? "" : rules.add(`(${others} ${following})?`);
  for (const { name, value, isRequired } of fields.toReversed()) {
    const field = `${literal(JSON.stringify(name))} ":" ws ${value}`;
    const first = `${field} ${following}`.trimEnd();
    beginning = rules.add(isRequired ? first : oneOf([first, beginning === "" ? '""' : beginning]));
    following = rules.add(`${isRequired ? `"," ws ${field}` : `("," ws ${field})?`} ${following}`.trimEnd());
  }
  return `"{" ws ${beginning} ws "}"`;
}

/** A name that is none of these, written without a backslash: so that none of them can be written otherwise. */
function otherName(names: readonly string[], rules: Rules): string {
  const body = (begun: readonly string[]): string => {
    const next = new Map<string, string[]>();
    for (const [character, ...rest] of begun.filter((name) => name !== "").map((name) => Array.from(name))) {
      const key = character ?? "";
      next.set(key, [...(next.get(key) ?? []), rest.join("")]);
    }
    const leaving = plain([...next.keys()].flatMap((character) => [...pointsOf(character)]));
    return oneOf([
      ...(begun.includes("") ? [] : ['""']),
      ...(leaving === null ? [] : [`${leaving} ${anyName}`]),
      ...[...next].map(([character, rest]) => `${literal(character)} ${rules.add(body(rest))}`),
    ]);
  };
  const writable = names.filter((name) => JSON.stringify(name) === `"${name}"`);
  return rules.add(`"\\"" ${body(writable)} "\\""`);
}

/** A character that stands in a JSON string as it is, and is none of these. */
function plain(but: CodePoints): string | null {
  return inJsonString(others([...but, ...escaped]));
}

const anyName = `${plain([]) ?? ""}*`;
