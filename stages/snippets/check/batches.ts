import type { Example } from "../../../pipeline/contract/records.js";
import { groupBy } from "../../../pipeline/system/group-by.js";
import { languageFacts } from "../../read/lib/languages.js";

/** Examples of one language that are checked together. */
export interface Batch {
  readonly language: string;
  /** How the names of their files end, with the point; "" where nothing is known of it. */
  readonly suffix: string;
  readonly examples: readonly Example[];
}

/** Snippets that are given to a tool at once, where it takes several: what it starts with is paid once for so many. */
const most = 32;

/** Examples by their languages and the ends of their files' names, in batches. */
export function batchesOf(examples: readonly Example[]): Batch[] {
  return [...groupBy(examples, (example) => `${example.language} ${suffixOf(example)}`).values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / most) }, (_, place) => {
      const together = group.slice(place * most, (place + 1) * most);
      const [first] = together;
      return {
        language: first?.language ?? "",
        suffix: first === undefined ? "" : suffixOf(first),
        examples: together,
      };
    }),
  );
}

/** The end of the file's own name, where it is one of the language's; else the one that files of it mostly have. */
function suffixOf({ language, source }: Example): string {
  const own = /\.\w+$/u.exec(source?.path ?? "")?.[0];
  const facts = languageFacts(language);
  if (facts === undefined) return own ?? "";
  return own !== undefined && facts.suffixes.includes(own) ? own : (facts.suffixes[0] ?? "");
}
