import type { Definition } from "../lib/module.js";
import { parseModule } from "../lib/parse-module.js";
import { dedentedSource } from "../lib/source-text.js";
import type { Defined } from "./scope.js";

/**
 * A handler as a definition of its module. What stands inside a function, as in a factory, is no such definition: it is
 * read by itself.
 */
export function definitionOf({ node, decorated, decorators, scope }: Defined): Definition {
  const { module } = scope.in;
  const known = module.definitions.find((definition) => definition.node.startIndex === node.startIndex);
  if (known !== undefined) return known;
  const [alone] = parseModule(dedentedSource(module.text, decorated)).module.definitions;
  if (alone === undefined) throw new TypeError(`no definition in ${scope.in.name}.${scope.qualifiedName}`);
  const statement = module.statements.findIndex(
    (each) => each.node.startIndex <= node.startIndex && node.endIndex <= each.node.endIndex,
  );
  return {
    ...alone,
    node,
    decorated,
    decorators,
    qualifiedName: scope.qualifiedName,
    parent: null,
    statement,
    conditional: false,
  };
}
