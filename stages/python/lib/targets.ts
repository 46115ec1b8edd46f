import { type Reason, reason } from "../../../pipeline/contract/reasons.js";
import type { Source } from "../../../pipeline/contract/kind.js";
import type { SourceFile } from "../../../pipeline/contract/records.js";
import { Target } from "./records.js";
import { type CharacterNames, noCharacterNames } from "./character-names.js";
import { docstringOf } from "./docstring.js";
import { placeOf } from "./imports.js";
import type { Definition, PythonModule } from "./module.js";
import { NeedsOfModule } from "./needs.js";
import { parametersOf } from "./parameters.js";
import { parseModule } from "./parse-module.js";
import type { SyntaxNode } from "./parser.js";
import { shownCode } from "./shown-code.js";
import { dedentedSource, linesOf, signatureOf } from "./source-text.js";

/** Which definitions of a file become targets: the options of `extract`. */
export interface TargetOptions {
  readonly kinds: readonly ("function" | "method" | "class")[];
  readonly private: boolean;
  readonly maxLines: number;
  readonly minComplexity: number;
}

/** What a file holds that tests can be written for, and what was turned down. */
export interface FoundTargets {
  readonly targets: readonly Target[];
  /** What was asked for and yet is no target, with the reason. */
  readonly rejected: readonly { readonly part: object; readonly reason: Reason }[];
}

/** The targets of one file, in file order; `named` are the characters that its docstrings name. */
export function targetsOf(
  file: SourceFile,
  options: TargetOptions,
  named: CharacterNames = noCharacterNames,
): FoundTargets {
  const parsed = tryParse(file.text);
  if (parsed === null)
    return {
      targets: [],
      rejected: [
        { part: { line: 1 }, reason: reason("nested-too-deeply", "nested too deeply: the file cannot be read") },
      ],
    };
  const { module, broken } = parsed;
  const rejected: FoundTargets["rejected"][number][] = broken.map(({ line, excerpt }) => ({
    part: { line, excerpt },
    reason: reason("syntax-error", `syntax error: line ${line}`),
  }));
  const needs = new NeedsOfModule(module, placeOf(file));

  const targets: Target[] = [];
  for (const definitions of wanted(module, options)) {
    for (const definition of definitions) {
      const unfit = whyNot(definition, { module, definitions, options });
      if (unfit === null) targets.push(makeTarget(definition, { file, module, needs, named }));
      else
        rejected.push({
          part: { name: definition.qualifiedName, line: definition.decorated.startPosition.row + 1 },
          reason: unfit,
        });
    }
  }
  return { targets, rejected };
}

/** Expressions nested thousands deep end the stack; such a file is generated data. */
function tryParse(text: string): ReturnType<typeof parseModule> | null {
  try {
    return parseModule(text);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** The definitions that the options ask for, those of one name together. */
function wanted(module: PythonModule, options: TargetOptions): Iterable<readonly Definition[]> {
  const byName = new Map<string, Definition[]>();
  for (const definition of module.definitions) {
    if (!options.kinds.includes(kindOf(definition)) || isSpecial(definition, module)) continue;
    if (!options.private && definition.qualifiedName.split(".").some((part) => part.startsWith("_"))) continue;
    const sameName = byName.get(definition.qualifiedName);
    if (sameName === undefined) byName.set(definition.qualifiedName, [definition]);
    else sameName.push(definition);
  }
  return byName.values();
}

function kindOf({ kind, parent }: Definition): "function" | "method" | "class" {
  return kind === "class" ? "class" : parent === null ? "function" : "method";
}

/**
 * What belongs to another definition (special methods to their class, overloads and accessors to what they complete),
 * or exists in a script only.
 */
function isSpecial(
  { name, kind, parent, conditional, decorators, statement }: Definition,
  { statements }: PythonModule,
): boolean {
  if (kind === "function" && parent !== null && /^__\w+__$/u.test(name)) return true;
  if (decorators.some(({ text }) => /^@\s*(?:[\w.]*\.)?overload$|\.(?:setter|deleter|getter)$/u.test(text)))
    return true;
  return conditional && /^if\s+__name__\b/u.test(statements[statement]?.node.text.slice(0, 40) ?? "");
}

function whyNot(
  definition: Definition,
  {
    module,
    definitions,
    options,
  }: { module: PythonModule; definitions: readonly Definition[]; options: TargetOptions },
): Reason | null {
  const last = definitions.at(-1);
  if (definition !== last || (definitions.length > 1 && definition.conditional)) {
    return last?.conditional === true
      ? reason("defined-in-branches", "defined in branches: which one applies is known only at run time")
      : reason("defined-again", "defined again further down");
  }
  if (definition.isPython2) return reason("python-2", "Python 2 syntax: print or exec without parentheses");
  if (isStub(definition.node)) return reason("stub", "stub: the body does nothing");
  const [first, end] = linesOf(module.text, definition.decorated);
  if (end - first >= options.maxLines)
    return reason("too-long", `longer than ${options.maxLines} lines: ${end - first + 1}`);
  if (definition.complexity < options.minComplexity)
    return reason("too-simple", `simpler than complexity ${options.minComplexity}: ${definition.complexity}`);
  return null;
}

/**
 * A function of nothing but a docstring, pass, `...` or NotImplementedError: abstract methods, protocols, placeholders.
 */
function isStub(node: SyntaxNode): boolean {
  if (node.type === "class_definition") return false;
  const statements = node.childForFieldName("body")?.namedChildren.filter(({ type }) => type !== "comment") ?? [];
  return statements.every(
    ({ type, text, firstNamedChild }) =>
      type === "pass_statement" ||
      (type === "expression_statement" &&
        (firstNamedChild?.type === "string" || firstNamedChild?.type === "ellipsis")) ||
      (type === "raise_statement" && /^raise\s+NotImplementedError\b/u.test(text)),
  );
}

function makeTarget(definition: Definition, place: PlaceOfDefinition): Target {
  const { content, source } = targetContent(definition, place);
  return Target.make(content, { source, from: [place.file] });
}

interface PlaceOfDefinition {
  readonly file: SourceFile;
  readonly module: PythonModule;
  readonly needs: NeedsOfModule;
  readonly named?: CharacterNames;
}

/** What a target says of a definition, and where it stands. */
export function targetContent(
  definition: Definition,
  { file, module, needs, named }: PlaceOfDefinition,
): { readonly content: Parameters<typeof Target.make>[0]; readonly source: Source | null } {
  const { node, decorated, decorators, name, qualifiedName, complexity } = definition;
  const code = dedentedSource(module.text, decorated);
  const content = {
    targetKind: kindOf(definition),
    language: "python",
    name,
    qualifiedName,
    module: file.module ?? "",
    signature: signatureOf(module.text, node),
    parameters: parametersOf(node),
    returns: node.childForFieldName("return_type")?.text ?? null,
    docstring: docstringOf(node, named),
    decorators: decorators.map(({ text }) => text.replace(/^@\s*/u, "")),
    isAsync: node.firstChild?.type === "async",
    code,
    promptCode: shownCode(code, definition, module),
    ...needs.ofDefinition(definition),
    complexity,
  };
  return { content, source: file.source && { ...file.source, lines: linesOf(module.text, decorated) } };
}
