import { parseModule } from "../../../python/lib/parse-module.js";
import { testFunctions } from "../test-functions.js";
import type { Rule } from "./fix.js";

/** Cuts the last test, where it breaks off, after its last whole statement. What stands before may assert enough. */
export const unterminated: Rule = {
  name: "cut",
  isFor: ({ test, reason }) => test === null && reason === "syntax",

  async mend({ response }) {
    const { module, broken } = parseModule(response);
    const [last] = broken;
    const goesOn = module.statements.some(({ node }) => node.startPosition.row + 1 > (last?.line ?? 0));
    if (last === undefined || broken.length > 1 || goesOn) return null;
    const whole = cutBack(response, last.excerpt);
    const test = whole === null ? undefined : testFunctions(whole).at(-1);
    return test !== undefined &&
      last.excerpt.includes(test.name.split("::")[0] ?? "") &&
      /\bassert\b|\braises\b/u.test(test.code)
      ? whole
      : null;
  },
};

/**
 * The text up to the last line with which it can be read; null where nothing of what begins with `head` is left then.
 */
function cutBack(code: string, head: string): string | null {
  const lines = code.trimEnd().split("\n");
  const first = lines.lastIndexOf(head);
  for (let end = lines.length - 1; end > first + 1; end -= 1) {
    const text = lines.slice(0, end).join("\n");
    const { module, broken } = parseModule(text);
    const reached = module.statements.at(-1)?.node.endPosition.row ?? -1;
    if (broken.length === 0 && reached > first) return text.trimEnd();
  }
  return null;
}
