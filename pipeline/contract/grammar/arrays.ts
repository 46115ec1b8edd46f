import { mostRepetitions, type Rules, times } from "./gbnf.js";
import type { Keywords } from "./keywords.js";
import type { Refuse } from "./schema-fault.js";

/**
 * An array of which the keywords hold, in GBNF.
 *
 * @param read what the schema of an item allows, which stands at this place within the array's own
 */
export function arrayBody(
  { items = true, prefixItems = [], minItems: least = 0, maxItems = Infinity }: Keywords,
  {
    rules,
    refuse,
    read,
  }: {
    readonly rules: Rules;
    readonly refuse: Refuse;
    readonly read: (schema: unknown, ...place: readonly string[]) => string;
  },
): string {
  const most = items === false ? Math.min(prefixItems.length, maxItems) : maxItems;
  if (least > most) refuse("minItems", `it is more than ${most}`);
  if (least > mostRepetitions) refuse("minItems", `at most ${mostRepetitions} are counted`);
  if (most !== Infinity && most > mostRepetitions) refuse("maxItems", `at most ${mostRepetitions} are counted`);
  if (most === 0) return '"[" ws "]"';
  const first = prefixItems.map((item, index) => rules.add(read(item, "prefixItems", String(index)))).slice(0, most);
  let rest = "";
  if (items !== false && most > first.length) {
    const item = rules.add(read(items, "items"));
    const following = (from: number): string =>
      times(`"," ws ${item}`, Math.max(0, least - from), most === Infinity ? null : most - from);
    if (first.length > 0) rest = following(first.length);
    else rest = times(rules.add(`${item} ${following(1)}`), Math.min(1, least), 1);
  }
  for (const [index, item] of [...first.entries()].toReversed()) {
    const one = rules.add(`${index === 0 ? "" : '"," ws '}${item} ${rest}`.trimEnd());
    rest = times(one, index < least ? 1 : 0, 1);
  }
  return `"[" ws ${rest} ws "]"`;
}
