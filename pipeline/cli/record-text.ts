import { stringify } from "yaml";

/** Longest text that is shown whole. */
const longest = 2_000;

/** A record to be read by a person: YAML, texts as blocks, very long ones cut (and saying so). */
export function recordText(record: object): string {
  return `---\n${stringify(cut(record), { lineWidth: 0, blockQuote: "literal" })}`;
}

function cut(value: unknown): unknown {
  if (typeof value === "string")
    return value.length <= longest
      ? value
      : `${value.slice(0, longest)}\n… (${value.length - longest} more characters: --json shows all)`;
  if (Array.isArray(value)) return value.map(cut);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, cut(inner)]));
  return value;
}
