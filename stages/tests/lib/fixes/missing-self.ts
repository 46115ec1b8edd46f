import type { Definition } from "../../../python/lib/module.js";
import { parseModule } from "../../../python/lib/parse-module.js";
import { type Edit, edited } from "../../../python/lib/text-edits.js";
import type { Rule } from "./fix.js";

/** Gives test methods the `self` that they lack, and takes it from test functions that stand in no class. */
export const missingSelf: Rule = {
  name: "self",
  isFor: ({ reason, detail }) =>
    (reason === "raised" && /takes \d+ positional arguments? but \d+ (?:was|were) given/u.test(detail)) ||
    (reason === "fixture" && detail.includes("'self'")) ||
    detail.includes("uses no argument"),

  async mend({ response }) {
    const { module } = parseModule(response);
    const changes = module.definitions
      .filter(({ kind, name }) => kind === "function" && name.startsWith("test"))
      .flatMap((test) => changeOf(test, module.text));
    return changes.length === 0 ? null : edited(module.text, changes);
  },
};

function changeOf({ node, parent, decorators }: Definition, code: string): Edit[] {
  const parameters = node.childForFieldName("parameters");
  if (parameters === null || decorators.some(({ text }) => /^@(?:static|class)method/u.test(text))) return [];
  const [first, second] = parameters.namedChildren;
  const start = parameters.startIndex + 1;
  if (parent !== null) {
    if (first !== undefined && /^(?:self|cls|this|_+)$/u.test(first.text)) return [];
    return [{ start, end: start, text: first === undefined ? "self" : "self, " }];
  }
  const body = code.slice(parameters.endIndex, node.endIndex);
  if (first?.text !== "self" || /\bself\b/u.test(body)) return [];
  return [{ start, end: second?.startIndex ?? first.endIndex, text: "" }];
}
