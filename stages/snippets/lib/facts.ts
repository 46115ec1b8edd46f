import type { Example } from "../../../pipeline/contract/records.js";

/** What a snippet says of itself, by language: labels and where they stand, as the group `value` of a pattern. */
const rules: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  // AutoHotkey v2.0 and 2.1-alpha are languages of their own.
  autohotkey: { requires: /^[ \t]*#Requires[ \t]+(?<value>[^;\r\n]*[^;\s])/imu },
};

/** Labels that the text of a snippet gives by the rules of its language. */
export function factsOf({ language, response }: Pick<Example, "language" | "response">): Record<string, string> {
  return Object.fromEntries(
    Object.entries(rules[language] ?? {}).flatMap(([label, pattern]) => {
      const value = pattern.exec(response)?.groups?.["value"];
      return value === undefined ? [] : [[label, value]];
    }),
  );
}
