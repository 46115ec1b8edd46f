import { createRequire } from "node:module";
import parse, { type Info, type LicenseInfo } from "spdx-expression-parse";

/**
 * An SPDX licence expression as SPDX writes it; null where the text is none. Identifiers may be written in any case.
 */
export function normaliseLicence(expression: string): string | null {
  const parsed = tryParse(expression);
  return parsed && write(parsed);
}

/**
 * The licences that an expression names: "MIT AND (Zlib OR ISC)" names three. Empty where the text is no expression.
 */
export function licencesOf(expression: string): string[] {
  const parsed = tryParse(expression);
  return parsed === null ? [] : [...new Set(leaves(parsed).map(write))];
}

/**
 * Whether code under this expression may be used where these licences are allowed: OR needs one side, AND both.
 * An exception only adds permissions, and whoever gets a licence "or later" may choose the version itself.
 */
export function permits(allowed: readonly string[], expression: string): boolean {
  const parsed = tryParse(expression);
  const names = new Set(allowed.map(canonical));
  return (
    parsed !== null &&
    evaluate(parsed, (leaf) =>
      [write(leaf), leaf.license, versionItself(leaf)].some((name) => names.has(canonical(name))),
    )
  );
}

function evaluate(expression: Info, isAllowed: (leaf: LicenseInfo) => boolean): boolean {
  if ("license" in expression) return isAllowed(expression);
  const sides = [expression.left, expression.right];
  return expression.conjunction === "and"
    ? sides.every((side) => evaluate(side, isAllowed))
    : sides.some((side) => evaluate(side, isAllowed));
}

function versionItself({ license }: LicenseInfo): string {
  return license.replace(/-or-later$/u, "-only");
}

/** GPL-3.0 and GPL-3.0+ are the older names of GPL-3.0-only and GPL-3.0-or-later. */
function canonical(name: string): string {
  return name
    .toLowerCase()
    .replace(
      /^([al]?gpl-\d\.\d)(\+?)$/u,
      (_, licence: string, plus: string) => `${licence}-${plus ? "or-later" : "only"}`,
    );
}

function leaves(expression: Info): LicenseInfo[] {
  return "license" in expression ? [expression] : [...leaves(expression.left), ...leaves(expression.right)];
}

function write(expression: Info): string {
  if ("license" in expression) {
    return (
      `${expression.license}${expression.plus ? "+" : ""}` +
      (expression.exception === undefined ? "" : ` WITH ${expression.exception}`)
    );
  }
  const side = (inner: Info) =>
    "license" in inner || inner.conjunction === expression.conjunction ? write(inner) : `(${write(inner)})`;
  return `${side(expression.left)} ${expression.conjunction.toUpperCase()} ${side(expression.right)}`;
}

function tryParse(expression: string): Info | null {
  try {
    return parse(inOwnCase(expression));
  } catch {
    return null;
  }
}

/** SPDX compares identifiers without regard to case; the parser does not. */
function inOwnCase(expression: string): string {
  spellings ??= new Map(readIdentifiers().map((name) => [name.toLowerCase(), name]));
  return expression.trim().replaceAll(/[\w.-]+/gu, (word) => spellings?.get(word.toLowerCase()) ?? word);
}

let spellings: Map<string, string> | undefined;

/** Data packages of JSON, which Node 20 cannot import without a warning. */
function readIdentifiers(): string[] {
  const require = createRequire(import.meta.url);
  const names = ["spdx-license-ids", "spdx-license-ids/deprecated", "spdx-exceptions", "spdx-exceptions/deprecated"];
  return ["AND", "OR", "WITH", ...names.flatMap((name) => require(name) as string[])];
}
