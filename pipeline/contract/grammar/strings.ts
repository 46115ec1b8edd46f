import { mostRepetitions, times } from "./gbnf.js";
import type { Keywords } from "./keywords.js";
import { patternBody, PatternFault } from "./pattern.js";
import type { Refuse } from "./schema-fault.js";

const months = [
  String.raw`(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])`,
  String.raw`(?:0[469]|11)-(?:0[1-9]|[12]\d|30)`,
  String.raw`02-(?:0[1-9]|1\d|2[0-8])`,
];
const day = String.raw`\d{4}-(?:${months.join("|")})`;
const host = String.raw`[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*`;
const time = String.raw`(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,3})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)`;

/** Formats that strings are held to, as regular expressions: what these match is of the format, if not all of it. */
const formats: Readonly<Record<string, string>> = {
  date: `^${day}$`,
  time: `^${time}$`,
  "date-time": `^${day}T${time}$`,
  uuid: "^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
  email: String.raw`^[A-Za-z0-9]+(?:[._+-][A-Za-z0-9]+)*@${host}\.[a-z]{2,}$`,
  hostname: `^${host}$`,
  ipv4: String.raw`^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$`,
  uri: String.raw`^https?://[a-z0-9]+(?:[.-][a-z0-9]+)*(?:/[A-Za-z0-9._~-]+)*/?$`,
};

/** A JSON string of which the keywords hold, in GBNF. A format beside a pattern says what the pattern is for. */
export function stringBody({ pattern, format, minLength = 0, maxLength }: Keywords, refuse: Refuse): string {
  const isBound = minLength > 0 || maxLength !== undefined;
  const known = format === undefined ? undefined : formats[format];
  if (pattern === undefined && format !== undefined && known === undefined)
    refuse("format", `"${format}" is not known; these are: ${Object.keys(formats).join(", ")}`);
  const expression = pattern ?? known;
  if (expression === undefined) {
    if (!isBound) return "string";
    if (maxLength !== undefined && minLength > maxLength)
      refuse("minLength", `it is more than maxLength, ${maxLength}`);
    if (minLength > mostRepetitions) refuse("minLength", `at most ${mostRepetitions} characters are counted`);
    if (maxLength !== undefined && maxLength > mostRepetitions)
      refuse("maxLength", `at most ${mostRepetitions} characters are counted`);
    return `"\\"" ${times("char", minLength, maxLength ?? null)} "\\""`;
  }
  if (isBound) refuse("pattern", "the length of a string is not held to beside it: say it in the expression");
  try {
    return `"\\"" ${patternBody(expression, "char")} "\\""`;
  } catch (error) {
    if (error instanceof PatternFault) refuse("pattern", error.message);
    throw error;
  }
}
