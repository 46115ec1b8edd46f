import { pythonName } from "./identifier.js";
import type { Definition, PythonModule, Statement } from "./module.js";
import type { SyntaxNode, Tree, TreeCursor } from "./parser.js";
import { Scope } from "./scope.js";
import { skip, type TreeWalk, type Visit, visitChildren, visits } from "./visits.js";

/** What stands in the tree of a text. */
export function readModule(text: string, tree: Tree): PythonModule {
  return new ModuleReader(text, tree).read();
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** One pass over a tree by cursor: nodes as objects, one by one, would take several times as long. */
class ModuleReader implements TreeWalk {
  readonly cursor: TreeCursor;
  readonly #text: string;
  /** How to visit a node, by the grammar's number for its type: a number is cheaper to get than a name. */
  readonly #visits: Visit[] = [];
  readonly #statements: Statement[] = [];
  readonly #definitions: Definition[] = [];
  /**
   * The class whose body the cursor is in, null outside of one, undefined inside a function: nothing there can be
   * reached.
   */
  #container: Definition | null | undefined = null;
  #conditional = false;
  #branches = 0;
  #python2 = 0;
  #changes = new Set<string>();
  #imports: SyntaxNode[] = [];

  constructor(text: string, tree: Tree) {
    this.#text = text;
    this.cursor = tree.walk();
  }

  read(): PythonModule {
    this.eachChild(() => {
      if (this.cursor.nodeIsNamed && this.cursor.nodeType !== "comment") this.#readStatement();
    });
    return { text: this.#text, statements: this.#statements, definitions: this.#definitions };
  }

  /** Visits the node at the cursor, and what is in it. */
  visit(scope: Scope): void {
    const type = this.cursor.nodeTypeId;
    const visit = (this.#visits[type] ??= this.cursor.nodeIsNamed
      ? (visits.get(this.cursor.nodeType) ?? visitChildren)
      : skip);
    visit(this, scope);
  }

  visitChildren(scope: Scope): void {
    const { cursor } = this;
    if (!cursor.gotoFirstChild()) return;
    do this.visit(scope);
    while (cursor.gotoNextSibling());
    cursor.gotoParent();
  }

  /** Calls `each` with the cursor on every child in turn. */
  eachChild(each: (position: number) => void): void {
    const { cursor } = this;
    if (!cursor.gotoFirstChild()) return;
    let position = 0;
    do each(position++);
    while (cursor.gotoNextSibling());
    cursor.gotoParent();
  }

  /** Calls `visit` with the cursor on the first child. */
  firstChild(visit: () => void): void {
    if (!this.cursor.gotoFirstChild()) return;
    visit();
    this.cursor.gotoParent();
  }

  /** The text of the node at the cursor. */
  text(): string {
    return this.#text.slice(this.cursor.startIndex, this.cursor.endIndex);
  }

  textStart(length: number): string {
    const { startIndex } = this.cursor;
    return this.#text.slice(startIndex, startIndex + length);
  }

  /** Takes the node at the cursor as the target of an assignment. */
  bindTarget(scope: Scope): void {
    switch (this.cursor.nodeType) {
      case "identifier":
        scope.bind(this.text());
        break;
      case "attribute":
      case "subscript":
        this.#noteChange();
        this.visit(scope);
        break;
      case "pattern_list":
      case "tuple_pattern":
      case "list_pattern":
      case "list_splat_pattern":
      case "dictionary_splat_pattern":
      case "as_pattern_target":
      case "tuple":
      case "list":
      case "parenthesized_expression":
        this.eachChild(() => this.bindTarget(scope));
        break;
      default:
        this.visit(scope);
    }
  }

  /** A default value and an annotation belong to the scope around the function. */
  bindParameters(outside: Scope, body: Scope): void {
    this.eachChild(() => {
      switch (this.cursor.nodeType) {
        case "default_parameter":
        case "typed_default_parameter":
        case "typed_parameter":
          this.eachChild((position) => (position === 0 ? this.bindTarget(body) : this.visit(outside)));
          break;
        default:
          this.bindTarget(body);
      }
    });
  }

  /** Visits a block of which only the run time knows whether it runs. */
  visitConditional(scope: Scope): void {
    const before = this.#conditional;
    this.#conditional = true;
    this.visitChildren(scope);
    this.#conditional = before;
  }

  countBranch(): void {
    this.#branches += 1;
  }

  notePython2(): void {
    this.#python2 += 1;
  }

  noteImport(): void {
    if (this.#container !== undefined) this.#imports.push(this.cursor.currentNode);
  }

  readDecorated(scope: Scope): void {
    const decorated = this.cursor.currentNode;
    const header = new Scope("block", scope);
    const decorators: SyntaxNode[] = [];
    this.eachChild(() => {
      if (this.cursor.nodeType === "decorator") {
        decorators.push(this.cursor.currentNode);
        this.visitChildren(header);
      } else if (this.cursor.nodeType !== "comment") {
        this.readDefinition(scope, { decorated, decorators, header });
      }
    });
  }

  /** Reads the function or class at the cursor; `header` is the scope of what stands around its body. */
  readDefinition(scope: Scope, { decorated, decorators, header }: DefinitionStart = this.#undecorated(scope)): void {
    const node = this.cursor.currentNode;
    const kind = node.type === "class_definition" ? "class" : "function";
    const name = pythonName(node.childForFieldName("name")?.text ?? "");
    const [container, conditional, branches, python2] = [
      this.#container,
      this.#conditional,
      this.#branches,
      this.#python2,
    ];
    const definition: Mutable<Definition> = {
      kind,
      name,
      node,
      decorated,
      decorators,
      conditional,
      qualifiedName: container ? `${container.qualifiedName}.${name}` : name,
      parent: container ?? null,
      statement: this.#statements.length,
      needs: new Set(),
      ownNeeds: new Set(),
      complexity: 1,
      isPython2: false,
    };
    const isReachable = container !== undefined;
    if (isReachable) this.#definitions.push(definition);
    this.#container = isReachable && kind === "class" ? definition : undefined;
    this.#conditional = false;

    scope.bind(name);
    const body = new Scope(kind, header);
    this.eachChild(() => this.#readPart(header, body));
    body.close();
    definition.needs = header.free;
    definition.ownNeeds =
      kind === "class" ? new Set([...header.freeOutsideFunctions, ...body.freeOutsideFunctions]) : definition.needs;
    header.close();

    definition.complexity = 1 + this.#branches - branches;
    definition.isPython2 = this.#python2 > python2;
    this.#container = container;
    this.#conditional = conditional;
  }

  #undecorated(scope: Scope): DefinitionStart {
    return { decorated: this.cursor.currentNode, decorators: [], header: new Scope("block", scope) };
  }

  #readPart(header: Scope, body: Scope): void {
    switch (this.cursor.nodeType) {
      case "identifier":
        break;
      case "type_parameter":
        for (const [, name = ""] of this.text().matchAll(/[[,]\s*\*{0,2}([\p{L}\p{N}_]+)/gu)) header.bind(name);
        this.visitChildren(header);
        break;
      case "parameters":
        this.bindParameters(header, body);
        break;
      case "block":
        this.visitChildren(body);
        break;
      default:
        this.visit(header);
    }
  }

  #readStatement(): void {
    const scope = new Scope("block", null);
    this.#changes = new Set();
    this.#imports = [];
    const definitionsBefore = this.#definitions.length;
    const node = this.cursor.currentNode;
    const type = this.cursor.nodeType;
    this.visit(scope);
    this.#statements.push({
      node,
      type,
      binds: scope.binds,
      changes: this.#changes,
      needs: scope.free,
      imports: this.#imports,
      hasDefinition: this.#definitions.length > definitionsBefore,
    });
  }

  #noteChange(): void {
    if (this.#container !== null) return;
    const [name] = /^[\p{L}_][\p{L}\p{N}_]*/u.exec(this.text()) ?? [];
    if (name !== undefined) this.#changes.add(name);
  }
}

interface DefinitionStart {
  readonly decorated: SyntaxNode;
  readonly decorators: readonly SyntaxNode[];
  readonly header: Scope;
}
