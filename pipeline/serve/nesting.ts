import { ServeError } from "./errors.js";

/** Deeper than any request that a program writes. */
const deepest = 256;

/** Refuses a body that is nested deeper than what reads it can follow. Throws a ServeError 400. */
export function requireShallow(json: string): void {
  let depth = 0;
  let isText = false;
  for (let at = 0; at < json.length; at += 1) {
    const sign = json[at];
    if (isText && sign === "\\") at += 1;
    else if (sign === '"') isText = !isText;
    else if (!isText && (sign === "{" || sign === "[")) depth += 1;
    else if (!isText && (sign === "}" || sign === "]")) depth -= 1;
    if (depth > deepest) throw new ServeError(400, "invalid_json", `a request is nested at most ${deepest} deep`);
  }
}
