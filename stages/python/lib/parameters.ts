import type { Parameter } from "./records.js";
import { pythonName } from "./identifier.js";
import type { SyntaxNode } from "./parser.js";

/** The parameters of a function, in order, as `inspect.signature` would list them. */
export function parametersOf(definition: SyntaxNode): Parameter[] {
  const parameters: Parameter[] = [];
  let kind: Parameter["kind"] = "positional-or-keyword";
  for (const node of definition.childForFieldName("parameters")?.namedChildren ?? []) {
    if (node.type === "comment") continue;
    if (node.type === "positional_separator") {
      for (const parameter of parameters) parameter.kind = "positional-only";
    } else if (node.type === "keyword_separator") {
      kind = "keyword-only";
    } else {
      const parameter = readParameter(node, kind);
      parameters.push(parameter);
      if (parameter.kind === "var-positional") kind = "keyword-only";
    }
  }
  return parameters;
}

function readParameter(node: SyntaxNode, kind: Parameter["kind"]): Parameter {
  const named = node.childForFieldName("name") ?? (node.type === "typed_parameter" ? node.namedChild(0) : null) ?? node;
  return {
    name: pythonName(named.text.replace(/^\*+\s*/u, "")),
    kind: variadic[named.type] ?? kind,
    annotation: node.childForFieldName("type")?.text ?? null,
    default: node.childForFieldName("value")?.text ?? null,
  };
}

const variadic: Readonly<Record<string, Parameter["kind"]>> = {
  list_splat_pattern: "var-positional",
  dictionary_splat_pattern: "var-keyword",
};
