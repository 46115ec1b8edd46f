import { type Reason, reason } from "../../../pipeline/contract/reasons.js";
import type { Target } from "../../python/lib/records.js";
import { importedNames, renderImport } from "../../python/lib/imports.js";
import { isInFunction } from "../../python/lib/nodes.js";
import { normaliseText, parsePython, type SyntaxNode } from "../../python/lib/parser.js";
import { dedentedSource } from "../../python/lib/source-text.js";
import type { Case } from "./cases.js";
import { type Edit, edited } from "../../python/lib/text-edits.js";

interface Surroundings {
  readonly target: Pick<Target, "name" | "module">;
  readonly cases: readonly Case[];
  /** The modules in the folder of the test file, and the package that the folder is. */
  readonly beside: { readonly package: string; readonly names: ReadonlySet<string> };
}

/** A pytest file of the benchmark that needs nothing of the benchmark around it. */
export interface StandingAlone {
  /** Without the import of the target and of pytest: these come before it in any case. */
  readonly code: string;
  /** Whether the JSON cases are part of it. */
  readonly loadsCases: boolean;
}

/**
 * A pytest file of the benchmark, made independent of the benchmark's own set-up: the correct program is the one that
 * is tested, the JSON cases stand in the file, and a case that the file skips for being slow is passed over.
 */
export function standAlone(file: string, surroundings: Surroundings): StandingAlone | { readonly reason: Reason } {
  const chosen = withCorrectProgram(normaliseText(file));
  const { rootNode } = parsePython(chosen);
  if (rootNode.hasError) return { reason: reason("syntax-error", "its syntax is broken") };
  const loads = rootNode
    .descendantsOfType("call")
    .filter((call) => call.childForFieldName("function")?.text === "load_json_testcases");
  if (loads.some((call) => casesAskedFor(call) !== surroundings.target.name))
    return { reason: reason("cases-of-another", "it loads the cases of another program") };
  const code = edited(chosen, [
    ...rootNode.namedChildren.flatMap((statement) => importEdits(statement, surroundings)),
    ...loads.map((call) => replace(call, table(surroundings.cases))),
    ...rootNode.descendantsOfType("attribute").flatMap(settingEdits),
    ...rootNode
      .descendantsOfType("expression_statement")
      .filter(isSkip)
      .map((statement) => replace(statement, "return")),
  ])
    .replaceAll(/\n{4,}/gu, "\n\n\n")
    .trim();
  if (!/^\s*def test/mu.test(code)) return { reason: reason("no-test-function", "it holds no test function") };
  return { code, loadsCases: loads.length > 0 };
}

/** `if pytest.use_correct:` at the top of a file chooses the program: what it says of the correct one is left. */
function withCorrectProgram(text: string): string {
  const choices = parsePython(text).rootNode.namedChildren.filter(
    (statement) =>
      statement.type === "if_statement" && statement.childForFieldName("condition")?.text === "pytest.use_correct",
  );
  return edited(
    text,
    choices.map((choice) => {
      const block = choice.childForFieldName("consequence");
      return replace(choice, block?.namedChildren.map((statement) => dedentedSource(text, statement)).join("\n") ?? "");
    }),
  );
}

function importEdits(statement: SyntaxNode, { target, beside }: Surroundings): Edit[] {
  if (!/^import(?:_from)?_statement$/u.test(statement.type)) return [];
  const names = importedNames(statement.text);
  const isGiven = ({ module, name, alias }: (typeof names)[number]) =>
    alias === null &&
    (module === target.module
      ? name === target.name
      : (module === "pytest" && name === null) || module === "load_testdata");
  const isBeside = (module: string) => beside.names.has(module) && module !== "load_testdata";
  if (!names.some((name) => isGiven(name) || isBeside(name.module))) return [];
  const left = names
    .filter((name) => !isGiven(name))
    .map((name) =>
      isBeside(name.module)
        ? {
            ...name,
            module: `${beside.package}.${name.module}`,
            alias: name.name === null ? (name.alias ?? name.module) : name.alias,
          }
        : name,
    );
  return [replace(statement, renderImport(left, { module: "", isPackage: true }).join("\n"))];
}

/** The name of the program in `load_json_testcases(NAME.__name__)`, or ("NAME"). */
function casesAskedFor(call: SyntaxNode): string | undefined {
  return /^\((?:(\w+)\.__name__|["'](\w+)["'])\)$/u
    .exec(call.childForFieldName("arguments")?.text ?? "")
    ?.slice(1)
    .find((name) => name !== undefined);
}

function table(cases: readonly Case[]): string {
  return ["[", ...cases.map(({ args, expected }) => `    [[${args.join(", ")}], ${expected}],`), "]"].join("\n");
}

/** What the benchmark's own command line sets. */
function settingEdits(attribute: SyntaxNode): Edit[] {
  const value = { "pytest.use_correct": "True", "pytest.run_slow": "False" }[attribute.text];
  return value === undefined ? [] : [replace(attribute, value)];
}

function isSkip(statement: SyntaxNode): boolean {
  return (
    statement.namedChild(0)?.type === "call" &&
    statement.namedChild(0)?.childForFieldName("function")?.text === "pytest.skip" &&
    isInFunction(statement)
  );
}

function replace({ startIndex: start, endIndex: end }: SyntaxNode, text: string): Edit {
  return { start, end, text };
}
