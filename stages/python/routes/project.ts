import { addTo } from "../../../pipeline/system/group-by.js";
import type { SourceFile } from "../../../pipeline/contract/records.js";
import { placeOf } from "../lib/imports.js";
import { parseModule } from "../lib/parse-module.js";
import type { SyntaxNode } from "../lib/parser.js";
import { literalValue } from "./literal-value.js";
import { allScopes, type Binding, type Defined, readScopes, type Scope } from "./scope.js";
import { argumentsOf, type Expression, keyOf, unique, type Value } from "./values.js";

/**
 * The modules of one source, and what the names in them stand for: assignments, imports, what functions return and
 * what they are called with are followed, and nothing is run. What only the run time knows stands for nothing.
 */
export class Project {
  readonly #files: ReadonlyMap<string, SourceFile>;
  /** Packages, those without a file included. */
  readonly #packages: ReadonlySet<string>;
  readonly #modules = new Map<string, Scope>();
  /** What is being followed: a name that stands for itself stands for nothing. */
  readonly #following = new Set<string>();
  #callers: ReadonlyMap<string, readonly Expression[]> | undefined;

  /** @param isRead the files that are read at the beginning; the others are read when a name leads there */
  constructor(files: readonly SourceFile[], isRead: (file: SourceFile) => boolean) {
    this.#files = new Map(files.flatMap((file) => (file.module === null ? [] : [[file.module, file] as const])));
    this.#packages = new Set(
      [...this.#files.keys()].flatMap((name) =>
        name.split(".").map((_, index, parts) => parts.slice(0, index + 1).join(".")),
      ),
    );
    for (const file of files) if (file.module !== null && isRead(file)) this.module(file.module);
  }

  /** The module of this name; undefined where the project has none, or one that cannot be read. */
  module(name: string): Scope | undefined {
    const file = this.#files.get(name);
    const known = this.#modules.get(name);
    if (known !== undefined || file === undefined) return known;
    const read = readFile(name, file);
    if (read !== undefined) this.#modules.set(name, read);
    return read;
  }

  /** The module of a file, by its path in the source. */
  at(path: string): Scope | undefined {
    const file = [...this.#files.values()].find(({ source }) => source?.path === path);
    return file?.module === null || file === undefined ? undefined : this.module(file.module);
  }

  /** All scopes of the modules that were read, in the order of their names. */
  scopes(): Scope[] {
    return [...this.#modules].toSorted(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, scope]) => allScopes(scope));
  }

  /** What an expression may stand for; empty where that cannot be told. */
  resolve(expression: Expression): Value[] {
    return this.#once(keyOf(expression), () => this.#resolve(expression));
  }

  /** The one text that an expression stands for; null where it is computed. */
  text(expression: Expression): string | null {
    const texts = new Set(this.resolve(expression).map((value) => (value.type === "text" ? value.text : null)));
    const [text = null] = texts;
    return texts.size === 1 ? text : null;
  }

  /** The items of a list or tuple; null where it is something else. */
  items(expression: Expression): readonly Expression[] | null {
    const [value, ...others] = this.resolve(expression);
    return value?.type === "list" && others.length === 0 ? value.items : null;
  }

  /** The dotted names outside the project that a class inherits from, directly or not. */
  externalBases({ node, scope }: Defined): string[] {
    const bases = node.childForFieldName("superclasses")?.namedChildren ?? [];
    return bases
      .flatMap((base) => this.resolve({ node: base, scope: scope.parent ?? scope }))
      .flatMap((value) => {
        if (value.type === "external") return [value.name];
        return value.type === "class" && value.defined !== undefined ? this.externalBases(value.defined) : [];
      });
  }

  /** What the name of a module stands for, seen from outside of it. */
  exported(module: string, name: string): Value[] {
    const own = this.#once(`${module}:${name}`, () => {
      const scope = this.module(module);
      return scope === undefined ? [] : this.#bound(name, scope, null);
    });
    if (own.length > 0) return own;
    return this.#packages.has(`${module}.${name}`) ? [{ type: "module", name: `${module}.${name}` }] : [];
  }

  #once(key: string, follow: () => Value[]): Value[] {
    if (this.#following.has(key)) return [];
    this.#following.add(key);
    try {
      return follow();
    } finally {
      this.#following.delete(key);
    }
  }

  #resolve({ node, scope }: Expression): Value[] {
    switch (node.type) {
      case "identifier":
        return this.#lookUp(node.text, scope, node.startIndex);
      case "attribute":
        return this.#attribute(node, scope);
      case "call":
        return this.#called(node, scope);
      case "parenthesized_expression":
      case "await":
        return node.namedChild(0) === null ? [] : this.resolve({ node: node.namedChild(0) as SyntaxNode, scope });
      default:
        return literalValue({ node, scope }, this);
    }
  }

  #attribute(node: SyntaxNode, scope: Scope): Value[] {
    const [of, name] = [node.childForFieldName("object"), node.childForFieldName("attribute")?.text ?? ""];
    if (of === null) return [];
    return this.resolve({ node: of, scope }).flatMap((value): Value[] => {
      if (value.type === "module") return this.exported(value.name, name);
      if (value.type === "external") return [{ type: "external", name: `${value.name}.${name}` }];
      return value.type === "class" ? this.#bound(name, value.defined.scope, null) : [];
    });
  }

  #called(node: SyntaxNode, scope: Scope): Value[] {
    const callee = node.childForFieldName("function");
    if (callee === null) return [];
    const viewed =
      callee.type === "attribute" && callee.childForFieldName("attribute")?.text === "as_view"
        ? callee.childForFieldName("object")
        : null;
    if (viewed !== null)
      return this.resolve({ node: viewed, scope }).flatMap((value): Value[] =>
        value.type === "class" ? [{ type: "view", defined: value.defined }] : [],
      );
    return this.resolve({ node: callee, scope }).flatMap((value): Value[] => {
      if (value.type === "external") return [{ type: "object", made: value.name, call: node, scope }];
      if (value.type === "class")
        return this.externalBases(value.defined).map((made): Value => ({ type: "object", made, call: node, scope }));
      return value.type === "function" ? this.returned(value.defined) : [];
    });
  }

  /** What a function returns. */
  returned({ scope }: Defined): Value[] {
    return unique(scope.returns.flatMap((node) => this.resolve({ node, scope })));
  }

  #lookUp(name: string, scope: Scope, at: number): Value[] {
    if (scope.bindings.has(name) || scope.parent === null) return this.#bound(name, scope, at);
    // The body of a class is not seen from the functions in it.
    const outer = scope.kind === "function" && scope.parent.kind === "class" ? scope.parent.parent : scope.parent;
    return outer === null ? [] : this.#lookUp(name, outer, Infinity);
  }

  /** @param at where the name is used; null: from outside, when the whole module has been read */
  #bound(name: string, scope: Scope, at: number | null): Value[] {
    const all = scope.bindings.get(name) ?? [];
    const before = all.filter((binding) => binding.at < (at ?? Infinity));
    if (all.length === 0)
      return scope.wildcards.flatMap((module) => (this.#packages.has(module) ? this.exported(module, name) : []));
    if (before.length > 1 && before.some(({ isBranch }) => isBranch)) return [];
    const first = before.findLastIndex(({ type }) => type !== "more");
    const bound = before[first];
    if (bound === undefined) return [];
    const more = before.slice(first + 1);
    const values = this.#meaning(name, bound, scope);
    return more.length === 0 ? values : this.#extended(values, more, scope);
  }

  /** A list with what `+=` adds to it. */
  #extended(values: readonly Value[], more: readonly Binding[], scope: Scope): Value[] {
    const [list] = values;
    const added = more.map((binding) => ("node" in binding ? this.items({ node: binding.node, scope }) : null));
    if (list?.type !== "list" || added.includes(null)) return [];
    return [{ type: "list", items: [...list.items, ...added.flatMap((items) => items ?? [])] }];
  }

  #meaning(name: string, binding: Binding, scope: Scope): Value[] {
    switch (binding.type) {
      case "value":
      case "more":
        return this.resolve({ node: binding.node, scope });
      case "element":
        return this.items({ node: binding.node, scope })?.flatMap((item) => this.resolve(item)) ?? [];
      case "definition":
        return [
          { type: binding.defined.node.type === "class_definition" ? "class" : "function", defined: binding.defined },
        ];
      case "import":
        return this.#imported(binding);
      case "parameter":
        return this.#passed(name, binding, scope);
    }
  }

  #imported({ module, name }: { readonly module: string; readonly name: string | null }): Value[] {
    if (!this.#packages.has(module)) return [{ type: "external", name: name === null ? module : `${module}.${name}` }];
    return name === null ? [{ type: "module", name: module }] : this.exported(module, name);
  }

  /** What calls of a function pass for a parameter; its default, where none passes anything. */
  #passed(
    name: string,
    { index, fallback }: { readonly index: number; readonly fallback: SyntaxNode | null },
    scope: Scope,
  ): Value[] {
    this.#callers ??= this.#findCallers();
    const passed = (this.#callers.get(`${scope.in.name}:${scope.qualifiedName}`) ?? []).flatMap((call) => {
      const { positional, named } = argumentsOf(call.node);
      const argument = named.get(name) ?? positional[index];
      return argument === undefined ? [] : [{ node: argument, scope: call.scope }];
    });
    const sources =
      passed.length > 0 || fallback === null ? passed : [{ node: fallback, scope: scope.parent ?? scope }];
    return unique(sources.flatMap((source) => this.resolve(source)));
  }

  #findCallers(): ReadonlyMap<string, readonly Expression[]> {
    const callers = new Map<string, Expression[]>();
    this.#callers = callers; // what is called is not looked for among parameters
    for (const scope of this.scopes()) {
      for (const { node } of scope.calls) {
        const callee = node.childForFieldName("function");
        if (callee === null || !/^(?:identifier|attribute)$/u.test(callee.type)) continue;
        for (const value of this.resolve({ node: callee, scope })) {
          if (value.type !== "function") continue;
          const key = `${value.defined.scope.in.name}:${value.defined.scope.qualifiedName}`;
          addTo(callers, key, { node, scope });
        }
      }
    }
    return callers;
  }
}

function readFile(name: string, file: SourceFile): Scope | undefined {
  try {
    return readScopes({ file, name, isPackage: placeOf(file).isPackage, module: parseModule(file.text).module });
  } catch (error) {
    if (error instanceof RangeError) return undefined; // nested too deeply: `extract` says so
    throw error;
  }
}
