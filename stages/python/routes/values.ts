import type { SyntaxNode } from "../lib/parser.js";
import type { Defined, Scope } from "./scope.js";

/** What an expression stands for, as far as the text tells. */
export type Value =
  | { readonly type: "text"; readonly text: string }
  /** A module of the project, or a package of it without a file. */
  | { readonly type: "module"; readonly name: string }
  /** Something that is imported from elsewhere, by its dotted name: fastapi.FastAPI. */
  | { readonly type: "external"; readonly name: string }
  | { readonly type: "function" | "class"; readonly defined: Defined }
  | MadeObject
  /** `View.as_view()` */
  | { readonly type: "view"; readonly defined: Defined }
  | { readonly type: "list"; readonly items: readonly Expression[] };

/** What a call of something external has made: an application, a router, a route. The call itself is its identity. */
export interface MadeObject {
  readonly type: "object";
  /** Dotted name of what was called: fastapi.APIRouter. */
  readonly made: string;
  readonly call: SyntaxNode;
  readonly scope: Scope;
}

/** A piece of source text, and the scope that its names are looked up in. */
export interface Expression {
  readonly node: SyntaxNode;
  readonly scope: Scope;
}

/** Where an expression stands, as a key: two nodes of one place are one. */
export function keyOf({ node, scope }: Expression): string {
  return JSON.stringify([scope.in.name, node.startIndex, node.endIndex]);
}

/** The values with each object once, whichever way leads to it. */
export function unique(values: readonly Value[]): Value[] {
  const seen = new Set<string>();
  return values.filter((value) => {
    const key = value.type === "object" ? keyOf({ node: value.call, scope: value.scope }) : null;
    if (key === null) return true;
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

/** The arguments of a call: those by position, and those by name. */
export interface Arguments {
  readonly positional: readonly SyntaxNode[];
  readonly named: ReadonlyMap<string, SyntaxNode>;
  /** It has `*args` or `**options`: what is not named may be set all the same. */
  readonly isOpen: boolean;
}

/** The arguments of a call, comments left out; none where it has a generator instead. */
export function argumentsOf(call: SyntaxNode): Arguments {
  const nodes = call.childForFieldName("arguments")?.namedChildren.filter(({ type }) => type !== "comment") ?? [];
  const named = nodes.filter(({ type }) => type === "keyword_argument");
  return {
    positional: nodes.filter(({ type }) => type !== "keyword_argument" && !type.endsWith("_splat")),
    named: new Map(
      named.flatMap((node) => {
        const value = node.childForFieldName("value");
        return value === null ? [] : [[node.childForFieldName("name")?.text ?? "", value] as const];
      }),
    ),
    isOpen: nodes.some(({ type }) => type.endsWith("_splat")),
  };
}
