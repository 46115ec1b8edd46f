import type { SourceFile } from "../../../pipeline/contract/records.js";
import type { Target } from "../../python/lib/records.js";
import { pythonName } from "../../python/lib/identifier.js";
import { absoluteModule, importedNames, type ModulePlace, placeOf } from "../../python/lib/imports.js";
import type { Definition, PythonModule, Statement } from "../../python/lib/module.js";
import { NeedsOfModule } from "../../python/lib/needs.js";
import { parseModule } from "../../python/lib/parse-module.js";

/** A file of tests. */
export class TestModule {
  readonly module: PythonModule;
  readonly needs: NeedsOfModule;
  readonly tests: readonly WrittenTest[];
  readonly #place: ModulePlace;
  /** Local name to the dotted name of what it stands for. */
  readonly #imported: ReadonlyMap<string, string>;
  readonly #wildcards: readonly string[];

  constructor(readonly file: SourceFile) {
    this.module = parseModule(file.text).module;
    this.#place = placeOf(file);
    this.needs = new NeedsOfModule(this.module, this.#place);
    const statements = this.module.statements.flatMap(({ imports }) => imports.map(({ text }) => text));
    this.#imported = new Map(statements.flatMap((text) => this.#meanings(text)));
    this.#wildcards = statements
      .flatMap((text) => importedNames(text))
      .filter(({ name }) => name === "*")
      .map(({ module }) => absoluteModule(module, this.#place));
    this.tests = this.module.definitions.filter(isTest).map((definition) => new WrittenTest(definition, this));
  }

  /**
   * Whether a dotted name as the file writes it stands for a name of the module: imported from there, or from a package
   * above it that hands it on.
   */
  standsFor(
    written: string,
    { module, name }: { module: string; name: string },
    local: ReadonlyMap<string, string>,
  ): boolean {
    const [root = "", ...rest] = written.split(".");
    const meaning = local.get(root) ?? this.#imported.get(root);
    if (meaning === undefined)
      return rest.length === 0 && root === name && this.#wildcards.some((from) => isWithin(module, from));
    const full = [meaning, ...rest].join(".");
    return full.endsWith(`.${name}`) && isWithin(module, full.slice(0, -name.length - 1));
  }

  /** What the import statements in a piece of code bind. */
  importedIn(code: string): ReadonlyMap<string, string> {
    return new Map(
      [...code.matchAll(/^[ \t]*((?:from|import)[ \t](?:[^\n(]|\([^)]*\))*)/gmu)].flatMap(([, text = ""]) =>
        this.#meanings(text),
      ),
    );
  }

  /** Statements that bind the name. */
  binders(name: string): readonly Statement[] {
    return this.module.statements.filter(({ binds }) => binds.has(name));
  }

  #meanings(statement: string): [string, string][] {
    return importedNames(statement).flatMap(({ module, name, alias, binds }): [string, string][] => {
      if (binds === null) return [];
      const from = absoluteModule(module, this.#place);
      if (name !== null) return [[binds, `${from}.${name}`]];
      return [[binds, alias === null ? binds : from]];
    });
  }
}

/** A test function or test method, as it stands in its file. */
export class WrittenTest {
  constructor(
    readonly definition: Definition,
    readonly inModule: TestModule,
  ) {}

  /** POSIX path of its file inside the source. */
  get path(): string {
    return this.inModule.file.source?.path ?? "";
  }

  /** The text of its assertions. */
  get asserted(): string {
    const { text } = this.definition.node;
    if (!/assert|raises/u.test(text)) return "";
    const candidates = this.definition.node
      .descendantsOfType(["assert_statement", "with_statement", "call"])
      .map((node) => node.text);
    return candidates
      .filter((candidate) => /^(?:assert\b|(?:with\s+)?(?:pytest|self|cls)\.(?:raises|assert))/u.test(candidate))
      .join("\n");
  }

  /** Whether the test uses what the target stands for; for a member of a class, the class and the member's name. */
  usesTarget({ module, qualifiedName, name }: Pick<Target, "module" | "qualifiedName" | "name">): boolean {
    const { node, needs } = this.definition;
    const { text } = node;
    const uses = [
      ...new Set([...needs, ...node.descendantsOfType("attribute").map((attribute) => pythonName(attribute.text))]),
    ];
    const local = this.inModule.importedIn(text);
    const [topLevel = ""] = qualifiedName.split(".");
    const standsFor = (wanted: string) =>
      uses.some((written) => this.inModule.standsFor(written, { module, name: wanted }, local));
    return standsFor(topLevel) && (qualifiedName === topLevel || uses.some((written) => written.endsWith(`.${name}`)));
  }
}

function isTest({ kind, name, parent, conditional }: Definition): boolean {
  if (kind !== "function" || !name.startsWith("test") || conditional) return false;
  return parent === null || (parent.parent === null && !parent.conditional);
}

function isWithin(module: string, container: string): boolean {
  return module === container || module.startsWith(`${container}.`);
}
