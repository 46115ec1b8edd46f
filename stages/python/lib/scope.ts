import { pythonName } from "./identifier.js";

/**
 * The names that a piece of code reads and binds, by Python's rules: what a function binds anywhere in it is its own,
 * what a class body binds is not seen by its methods, and a comprehension keeps its variables to itself.
 */
export class Scope {
  readonly #reads = new Set<string>();
  readonly #binds = new Set<string>();
  /** Names that `global` or `nonlocal` hand to an outer scope. */
  readonly #handedOut = new Set<string>();
  /** Free names of functions inside, which an enclosing class body cannot supply. */
  readonly #passing = new Set<string>();

  constructor(
    readonly kind: "block" | "function" | "class" | "comprehension",
    readonly parent: Scope | null,
  ) {}

  /** Names that the code takes from around it; complete when the scopes inside it are closed. */
  get free(): ReadonlySet<string> {
    const free = this.#unbound(this.#reads);
    const passing = this.kind === "class" ? this.#passing : this.#unbound(this.#passing);
    for (const name of passing) free.add(name);
    return free;
  }

  /** The part of `free` that functions inside have no share in. */
  get freeOutsideFunctions(): ReadonlySet<string> {
    return this.#unbound(this.#reads);
  }

  get binds(): ReadonlySet<string> {
    return this.#binds;
  }

  read(written: string): void {
    const name = pythonName(written);
    // The body of a class runs from top to bottom: what it has not bound yet comes from outside.
    if (this.kind === "class" && !this.#binds.has(name)) this.#handedOut.add(name);
    this.#reads.add(name);
  }

  bind(written: string): void {
    this.#binds.add(pythonName(written));
  }

  /** `:=` inside a comprehension binds in the scope around it. */
  bindOutsideComprehension(name: string): void {
    if (this.kind === "comprehension" && this.parent !== null) this.parent.bindOutsideComprehension(name);
    else this.bind(name);
  }

  handOut(written: string): void {
    const name = pythonName(written);
    this.#handedOut.add(name);
    this.#reads.add(name);
  }

  /** Tells the parent which names it has to supply. */
  close(): void {
    const { parent } = this;
    if (parent === null) return;
    if (this.kind === "block") {
      for (const name of this.#unbound(this.#reads)) parent.#reads.add(name);
      for (const name of this.#unbound(this.#passing)) parent.#passing.add(name);
    } else {
      for (const name of this.free) parent.#passing.add(name);
    }
  }

  #unbound(names: ReadonlySet<string>): Set<string> {
    const unbound = new Set<string>();
    for (const name of names) {
      if (!this.#binds.has(name) || this.#handedOut.has(name)) unbound.add(name);
    }
    return unbound;
  }
}
