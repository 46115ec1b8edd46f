import type { OutlineRules } from "../lib/outlines.js";

const keywords: ReadonlySet<string> = new Set(
  (
    "if for while switch return catch match until elif else loop throw typeof sizeof new delete await yield and or " +
    "not in is assert del print function func def fn class struct enum super this self lambda with unless case do " +
    "try defined"
  ).split(" "),
);

/** Names that a text calls and does not define, most frequent first; of a method, its name alone is left out. */
export function callsIn(
  lines: readonly string[],
  { lineComment, definition }: OutlineRules,
  defined: readonly string[],
): string[] {
  const counts = new Map<string, number>();
  for (const line of lines) {
    if ((lineComment !== null && line.trim().startsWith(lineComment)) || definition.test(line.trim())) continue;
    for (const [, name = ""] of line.matchAll(/(?<![\w.$'"#-])([A-Za-z_][\w.]*)\(/gu))
      if (!keywords.has(name.toLowerCase()) && !defined.includes(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].toSorted(([a, many], [b, few]) => few - many || (a < b ? -1 : 1)).map(([name]) => name);
}
