import type { Example } from "../../../pipeline/contract/records.js";
import { groupBy } from "../../../pipeline/system/group-by.js";

/** Examples of one language that are checked together. */
export interface Batch {
  readonly language: string;
  readonly examples: readonly Example[];
}

/** Snippets that are given to a tool at once, where it takes several: what it starts with is paid once for so many. */
const most = 32;

/** Examples by their languages, in batches. */
export function batchesOf(examples: readonly Example[]): Batch[] {
  return [...groupBy(examples, ({ language }) => language)].flatMap(([language, group]) =>
    Array.from({ length: Math.ceil(group.length / most) }, (_, place) => ({
      language,
      examples: group.slice(place * most, (place + 1) * most),
    })),
  );
}
