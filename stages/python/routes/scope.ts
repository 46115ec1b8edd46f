import type { SourceFile } from "../../../pipeline/contract/records.js";
import { absoluteModule, importedNames } from "../lib/imports.js";
import type { PythonModule } from "../lib/module.js";
import type { SyntaxNode } from "../lib/parser.js";

/** A Python file of the project, read. */
export interface ModuleFile {
  readonly file: SourceFile;
  /** Dotted name. */
  readonly name: string;
  readonly isPackage: boolean;
  readonly module: PythonModule;
}

/** A module, function or class body, by what it writes down: names with what they are bound to, calls, definitions. */
export interface Scope {
  readonly kind: "module" | "function" | "class";
  readonly in: ModuleFile;
  readonly parent: Scope | null;
  /** Dotted name inside the module, as Python's `__qualname__`: create_app.<locals>.index; "" for the module. */
  readonly qualifiedName: string;
  /** The function or class; null for the module. */
  readonly definition: SyntaxNode | null;
  readonly bindings: ReadonlyMap<string, readonly Binding[]>;
  /** Modules whose names are all imported, by their dotted names. */
  readonly wildcards: readonly string[];
  readonly calls: readonly Call[];
  readonly returns: readonly SyntaxNode[];
  readonly functions: readonly Defined[];
  readonly classes: readonly Defined[];
}

/** A call that a scope makes, whatever it is of. */
export interface Call {
  readonly node: SyntaxNode;
  /** It stands in an `if` or the like: only the run time knows whether it is made. */
  readonly isBranch: boolean;
}

/** A function or class with its decorators. */
export interface Defined {
  readonly name: string;
  readonly node: SyntaxNode;
  readonly decorated: SyntaxNode;
  readonly decorators: readonly SyntaxNode[];
  readonly isBranch: boolean;
  /** What stands in it. */
  readonly scope: Scope;
}

/**
 * What a name is bound to at one place of a scope, which is an offset into the text (-1: before all of it), and whether
 * only the run time knows that the place is reached.
 */
export type Binding = { readonly at: number; readonly isBranch: boolean } & (
  | { readonly type: "value"; readonly node: SyntaxNode }
  /** `name += node` */
  | { readonly type: "more"; readonly node: SyntaxNode }
  /** The variable of a loop over `node`. */
  | { readonly type: "element"; readonly node: SyntaxNode }
  | { readonly type: "import"; readonly module: string; readonly name: string | null }
  | { readonly type: "definition"; readonly defined: Defined }
  | { readonly type: "parameter"; readonly index: number; readonly fallback: SyntaxNode | null }
);

/** Reads a file into the scope of its module, with the scopes of its functions and classes inside. */
export function readScopes(file: ModuleFile): Scope {
  const scope = emptyScope({ kind: "module", in: file, parent: null, qualifiedName: "", definition: null });
  const reader = new BlockReader(scope);
  for (const { node } of file.module.statements) reader.read(node, false);
  return scope;
}

/** The scope and all scopes inside it. */
export function allScopes(scope: Scope): Scope[] {
  return [scope, ...[...scope.functions, ...scope.classes].flatMap((inner) => allScopes(inner.scope))];
}

/** A scope while it is read. */
interface OpenScope extends Scope {
  readonly bindings: Map<string, Binding[]>;
  readonly wildcards: string[];
  readonly calls: Call[];
  readonly returns: SyntaxNode[];
  readonly functions: Defined[];
  readonly classes: Defined[];
}

function emptyScope(place: Pick<Scope, "kind" | "in" | "parent" | "qualifiedName" | "definition">): OpenScope {
  return { ...place, bindings: new Map(), wildcards: [], calls: [], returns: [], functions: [], classes: [] };
}

/** Reads the statements of one scope, those in blocks included. */
class BlockReader {
  readonly #scope: OpenScope;
  #isFallback = false;

  constructor(scope: OpenScope) {
    this.#scope = scope;
  }

  read(node: SyntaxNode, isBranch: boolean): void {
    switch (node.type) {
      case "import_statement":
      case "import_from_statement":
        this.#import(node, isBranch);
        break;
      case "expression_statement":
        this.#expression(node, isBranch);
        break;
      case "return_statement":
        if (node.namedChild(0) !== null) this.#scope.returns.push(node.namedChild(0) as SyntaxNode);
        this.#noteCalls(node, isBranch);
        break;
      case "function_definition":
      case "class_definition":
        this.#define(node, node, isBranch);
        break;
      case "decorated_definition": {
        const definition = node.childForFieldName("definition");
        if (definition !== null) this.#define(definition, node, isBranch);
        break;
      }
      case "if_statement":
        // What runs where the file is a script is no part of the module.
        if (!/^if\s+__name__\s*==/u.test(node.text.slice(0, 40))) this.#blocks(node, true);
        break;
      case "except_clause":
        // What is imported instead where the first choice is missing.
        this.#isFallback = true;
        this.#blocks(node, isBranch);
        this.#isFallback = false;
        break;
      case "while_statement":
      case "match_statement":
        this.#blocks(node, true);
        break;
      case "for_statement":
        this.#loop(node, isBranch);
        break;
      case "with_statement":
        for (const item of node.descendantsOfType("with_item")) this.#noteCalls(item, isBranch);
        this.#blocks(node, isBranch);
        break;
      default:
        this.#blocks(node, isBranch);
    }
  }

  /** The statements in the blocks of a compound statement; nothing, for a simple one. */
  #blocks(node: SyntaxNode, isBranch: boolean): void {
    for (const child of node.namedChildren) {
      if (child.type === "block") for (const statement of child.namedChildren) this.read(statement, isBranch);
      else if (child.type.endsWith("_clause")) this.read(child, isBranch);
    }
  }

  #import({ text, startIndex: at }: SyntaxNode, isBranch: boolean): void {
    const place = { module: this.#scope.in.name, isPackage: this.#scope.in.isPackage };
    for (const { module: written, name, alias, binds } of importedNames(text)) {
      const module = absoluteModule(written, place);
      if (binds === null) this.#scope.wildcards.push(module);
      // `import a.b` binds `a`.
      else
        this.#bind(binds, {
          type: "import",
          module: name === null && alias === null ? binds : module,
          name,
          at,
          isBranch,
        });
    }
  }

  #expression(node: SyntaxNode, isBranch: boolean): void {
    this.#noteCalls(node, isBranch);
    const assignment = node.namedChild(0);
    const name = assignment?.childForFieldName("left");
    const value = assignment?.childForFieldName("right");
    if (name?.type !== "identifier" || !value) return;
    if (assignment?.type === "augmented_assignment")
      this.#bind(name.text, { type: "more", node: value, at: node.startIndex, isBranch });
    else this.#bind(name.text, { type: "value", node: value, at: node.startIndex, isBranch });
  }

  #loop(node: SyntaxNode, isBranch: boolean): void {
    const [name, over] = [node.childForFieldName("left"), node.childForFieldName("right")];
    if (name?.type === "identifier" && over !== null)
      this.#bind(name.text, { type: "element", node: over, at: node.startIndex, isBranch });
    this.#blocks(node, isBranch);
  }

  #define(node: SyntaxNode, decorated: SyntaxNode, isBranch: boolean): void {
    const name = node.childForFieldName("name")?.text ?? "";
    const kind = node.type === "class_definition" ? "class" : "function";
    const { qualifiedName: outer, kind: outerKind } = this.#scope;
    const qualifiedName = [outer, ...(outerKind === "function" ? ["<locals>"] : []), name]
      .filter((part) => part !== "")
      .join(".");
    const scope = emptyScope({ kind, in: this.#scope.in, parent: this.#scope, qualifiedName, definition: node });
    if (kind === "function") bindParameters(scope, node);
    const inner = new BlockReader(scope);
    for (const statement of node.childForFieldName("body")?.namedChildren ?? []) inner.read(statement, false);
    const decorators = decorated.namedChildren.filter(({ type }) => type === "decorator");
    const defined: Defined = { name, node, decorated, decorators, isBranch, scope };
    this.#scope[kind === "class" ? "classes" : "functions"].push(defined);
    this.#bind(name, { type: "definition", defined, at: node.startIndex, isBranch });
  }

  #noteCalls(node: SyntaxNode, isBranch: boolean): void {
    for (const call of node.descendantsOfType("call")) this.#scope.calls.push({ node: call, isBranch });
  }

  #bind(name: string, binding: Binding): void {
    const bound = this.#scope.bindings.get(name);
    if (bound === undefined) this.#scope.bindings.set(name, [binding]);
    else if (!this.#isFallback) bound.push(binding);
  }
}

function bindParameters(scope: OpenScope, definition: SyntaxNode): void {
  const parameters =
    definition.childForFieldName("parameters")?.namedChildren.filter(({ type }) => type !== "comment") ?? [];
  for (const [index, parameter] of parameters.entries()) {
    const named =
      parameter.childForFieldName("name") ??
      (parameter.type === "typed_parameter" ? parameter.namedChild(0) : parameter);
    if (named?.type === "identifier")
      scope.bindings.set(named.text, [
        { type: "parameter", index, fallback: parameter.childForFieldName("value"), at: -1, isBranch: false },
      ]);
  }
}
