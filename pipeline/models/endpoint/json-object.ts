import { parseJson } from "../../system/files/parse-json.js";

/** A text that is a JSON object or list, read; null where it is none. */
export function jsonObject(text: string): object | null {
  const value = parseJson(text);
  return typeof value === "object" ? value : null;
}
