import type { Example } from "../../../pipeline/contract/records.js";
import { factsOf } from "../lib/facts.js";
import { titleOf } from "../../read/lib/languages.js";
import { outlineOf, textOf } from "../lib/outline.js";
import type { OutlineRules } from "../lib/outlines.js";
import { defineWording, type Shown } from "../lib/wording.js";
import { callsIn } from "./calls.js";
import { commentText, headingsIn } from "./comments.js";

/** What a snippet can be asked by, the best first. */
export const describedBy = ["comment", "headings", "definitions", "calls", "name"] as const;
/** One of what a snippet can be asked by. */
export type DescribedBy = (typeof describedBy)[number];

const wording = defineWording({
  what: "What the snippet does, by what it is described by",
  language: "Programming language, as people write it: Python",
  title: "What the snippet is called, by its file's name",
  category: "First folder on the file's path; empty where it lies in none",
  requires: "What the snippet says that it requires; empty where it says nothing",
  headings: "Headings among its comments, in order",
  definitions: "Names that it defines, in order",
  calls: "Names that it calls and does not define, most frequent first",
});

interface Asked {
  readonly rules: OutlineRules;
  readonly by: readonly DescribedBy[];
  readonly keepComment: boolean;
}

/** What a snippet is asked by, and the answer that is left. */
interface Described {
  readonly by: DescribedBy;
  readonly answer: string;
  readonly shown: Shown<(typeof wording)["shows"][number]>;
}

/** What a question may show of a snippet, and how that is found. */
export const Description = { ...wording, of: describe };

/** Names that a question lists at most. */
const most = 8;

function describe(
  { response, language, labels }: Pick<Example, "response" | "language" | "labels">,
  { rules, by, keepComment }: Asked,
): Described | null {
  const { lines, comment, definitions } = outlineOf(response, rules);
  const said = comment === null ? "" : commentText(lines.slice(comment.from, comment.to), rules);
  const headings = headingsIn(lines, rules);
  const calls = callsIn(lines, rules, definitions);
  const label = (name: string) => (labels[name] === undefined ? "" : String(labels[name]));
  const title = label("title");
  const whats: Readonly<Record<DescribedBy, string>> = {
    comment: said,
    headings: headings.length === 0 ? "" : `${listed(headings)}.`,
    definitions: definitions.length === 0 ? "" : `code that defines ${listed(definitions)}.`,
    calls: calls.length === 0 ? "" : `an example of ${listed(calls.slice(0, 3))}.`,
    name: title === "" ? "" : `${title}.`,
  };
  const chosen = by.find((each) => whats[each] !== "");
  if (chosen === undefined) return null;
  const isTaken = chosen === "comment" && comment !== null && !keepComment;
  const kept = isTaken ? [...lines.slice(0, comment.from), ...lines.slice(comment.to)] : lines;
  return {
    by: chosen,
    answer: `${textOf(kept, { from: 0, to: kept.length })}\n`,
    shown: {
      what: whats[chosen],
      language: titleOf(language),
      title,
      category: label("category"),
      requires: label("requires") || (factsOf({ language, response })["requires"] ?? ""),
      headings: chosen === "headings" ? "" : listed(headings.filter((heading) => !whats[chosen].includes(heading))),
      definitions: chosen === "definitions" ? "" : listed(definitions),
      calls: chosen === "calls" ? "" : listed(calls),
    },
  };
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, most).join(", ");
  return names.length > most ? `${shown}, …` : shown;
}
