import { pythonName } from "../../../python/lib/identifier.js";
import type { SyntaxNode } from "../../../python/lib/parser.js";

/** Names of the parameters of all functions in a piece of code: pytest looks for fixtures of these names. */
export function fixturesIn(code: SyntaxNode): string[] {
  return code
    .descendantsOfType("parameters")
    .flatMap((parameters) => parameters.namedChildren.map(({ text }) => pythonName(text)));
}
