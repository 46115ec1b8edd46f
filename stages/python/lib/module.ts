import type { SyntaxNode } from "./parser.js";

/**
 * A Python module, as far as tests and extraction need it: its top-level statements, its definitions and what they
 * need.
 */
export interface PythonModule {
  readonly text: string;
  /** Top-level statements in file order. */
  readonly statements: readonly Statement[];
  /**
   * Functions and classes that can be reached from outside: not those inside a function. In file order, a class before
   * its members.
   */
  readonly definitions: readonly Definition[];
}

/** A top-level statement, with the names that pass between it and the rest of the module. */
export interface Statement {
  readonly node: SyntaxNode;
  /** The grammar's name for what it is. */
  readonly type: string;
  /** Names that it binds in the module. */
  readonly binds: ReadonlySet<string>;
  /** Names whose objects it changes: `table[key] = 1`, `f.attribute = 2`. */
  readonly changes: ReadonlySet<string>;
  /** Names that it takes from the module or from the builtins. */
  readonly needs: ReadonlySet<string>;
  /** Import statements in it, at any depth outside functions. */
  readonly imports: readonly SyntaxNode[];
  readonly hasDefinition: boolean;
}

/** A function or class that can be reached from outside of its module, with what it needs of that. */
export interface Definition {
  readonly kind: "function" | "class";
  readonly name: string;
  /** Dotted name inside the module: Outer.Inner.method. */
  readonly qualifiedName: string;
  /** The definition without its decorators. */
  readonly node: SyntaxNode;
  /** The definition with its decorators. */
  readonly decorated: SyntaxNode;
  readonly decorators: readonly SyntaxNode[];
  /** The class that it is a member of. */
  readonly parent: Definition | null;
  /** Position of the top-level statement that holds it. */
  readonly statement: number;
  /** It stands in an `if`, `try` or another block: whether it exists is known only at run time. */
  readonly conditional: boolean;
  /** Names that it takes from the module or from the builtins. */
  readonly needs: ReadonlySet<string>;
  /**
   * The part of `needs` that a class takes outside its functions: bases, decorators, defaults, annotations, what its
   * body runs. Equal to `needs` for a function.
   */
  readonly ownNeeds: ReadonlySet<string>;
  /**
   * 1 + the branches in it: if, elif, for, while, except, case, and, or, conditional expressions, clauses of
   * comprehensions.
   */
  readonly complexity: number;
  /** It holds a statement of Python 2: print or exec without parentheses. */
  readonly isPython2: boolean;
}
