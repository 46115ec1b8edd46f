import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Comment, parseSync, type Program } from "oxc-parser";
import stringWidth from "string-width";
import { expect, it } from "vitest";
import { packageRoot } from "../pipeline/system/paths.js";

/** What other programs wrote, or what tests are given as others would write it. */
const notOurs = /^test\/cases\/.*\/(?:input|expected)\/|^test\/sandbox\/hostile\/nested_source\.py$/u;

it("documents everything that a file exports", () => {
  const files = filesOf(["pipeline", "stages", "finetuning", "scripts"], /\.tsx?$/u);
  expect(files.flatMap(undocumented)).toEqual([]);
});

it("has no line of more than 120 columns", () => {
  const files = filesOf(["pipeline", "stages", "finetuning", "scripts", "test"], /\.(?:tsx?|py)$/u);
  expect([...files, "vitest.config.ts"].flatMap(longLines)).toEqual([]);
});

it("has no file of code with more than 300 lines", () => {
  const files = filesOf(["pipeline", "stages", "finetuning", "scripts"], /\.(?:tsx?|py)$/u);
  expect(files.filter((file) => linesOf(file).length > 300)).toEqual([]);
});

function filesOf(folders: readonly string[], ending: RegExp): string[] {
  return folders
    .flatMap((folder) =>
      readdirSync(join(packageRoot, folder), { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
    )
    .filter((file) => ending.test(file) && !notOurs.test(file));
}

function linesOf(file: string): string[] {
  return readFileSync(join(packageRoot, file), "utf8").trimEnd().split("\n");
}

function longLines(file: string): string[] {
  return linesOf(file).flatMap((line, index) => (stringWidth(line) > 120 ? [`${file}:${index + 1}`] : []));
}

/**
 * What a file exports without a word about it, as FILE:LINE NAME. What it only passes on is documented where it comes
 * from.
 */
function undocumented(file: string): string[] {
  const text = readFileSync(join(packageRoot, file), "utf8");
  const { program, comments } = parseSync(file, text);
  // A value and a type of one name are documented together, where the first of them is.
  const documented = new Set<string>();
  const exported = new Map<string, number>();
  const passedOn = new Set<string>();
  for (const { start, names, isExported } of program.body.flatMap(declarationOf)) {
    for (const name of names) {
      if (isDocumented(start, text, comments)) documented.add(name);
      if (isExported && !exported.has(name)) exported.set(name, start);
      passedOn.add(name);
    }
  }
  for (const { name, start } of program.body.flatMap(namesListed)) {
    if (passedOn.has(name) && !exported.has(name)) exported.set(name, start);
  }
  return [...exported]
    .filter(([name]) => !documented.has(name))
    .map(([name, start]) => `${file}:${text.slice(0, start).split("\n").length} ${name}`);
}

type Statement = Program["body"][number];

interface Declared {
  /** Where it begins, with `export`. */
  readonly start: number;
  readonly names: readonly string[];
  readonly isExported: boolean;
}

/** What a statement declares; nothing where it is none. */
function declarationOf(statement: Statement): Declared[] {
  const { start } = statement;
  if (statement.type === "ExportDefaultDeclaration") return [{ start, names: ["default"], isExported: true }];
  const isExported = statement.type === "ExportNamedDeclaration";
  const declared = isExported ? statement.declaration : statement;
  switch (declared?.type) {
    case "VariableDeclaration":
      return [{ start, names: declared.declarations.flatMap(({ id }) => namesIn(id)), isExported }];
    case "FunctionDeclaration":
    case "ClassDeclaration":
    case "TSInterfaceDeclaration":
    case "TSTypeAliasDeclaration":
    case "TSEnumDeclaration":
    case "TSDeclareFunction":
      return [{ start, names: declared.id === null ? [] : [declared.id.name], isExported }];
    default:
      return [];
  }
}

/** Names that a variable statement gives, patterns included. */
function namesIn(pattern: { readonly type: string }): string[] {
  if (pattern.type === "Identifier") return [(pattern as { name?: string }).name ?? ""];
  const { properties = [], elements = [] } = pattern as {
    readonly properties?: readonly { readonly value?: { readonly type: string } }[];
    readonly elements?: readonly ({ readonly type: string } | null)[];
  };
  return [...properties.map(({ value }) => value), ...elements].flatMap((each) => (each ? namesIn(each) : []));
}

/** `export { a, b }` of what the file itself declares. */
function namesListed(statement: Statement): { readonly name: string; readonly start: number }[] {
  if (statement.type !== "ExportNamedDeclaration" || statement.source !== null) return [];
  return statement.specifiers.flatMap(({ local, start }) =>
    local.type === "Identifier" ? [{ name: local.name, start }] : [],
  );
}

/** Whether a comment for readers of documentation stands right before this place, or before remarks that do. */
function isDocumented(start: number, text: string, comments: readonly Comment[]): boolean {
  const before = comments.findLast(({ end }) => end <= start);
  if (before === undefined || text.slice(before.end, start).trim() !== "") return false;
  return before.value.startsWith("*") || isDocumented(before.start, text, comments);
}
