import type { SourceFile } from "../../../pipeline/contract/records.js";

/**
 * What a file is there for, by its place and name: pytest's and unittest's conventions, and what the field calls
 * folders of tests.
 */
export function roleOf(path: string): SourceFile["role"] {
  const folders = path.split("/");
  const name = folders.pop() ?? "";
  if (folders.some((folder) => /^(?:tests?|testing|testsuite|unittests?)$/iu.test(folder))) return "test";
  if (/^(?:test_.*|.*_tests?|tests?|conftest)\.py$/u.test(name)) return "test";
  if (folders.some((folder) => /^(?:docs?|documentation)$/iu.test(folder)) || /\.(?:md|rst|txt)$/iu.test(name))
    return "documentation";
  return "code";
}

/**
 * The dotted name under which Python imports a file, from the import root that holds it; null where there is none.
 * Folders without __init__.py are namespace packages, but for those at the top that are there for other things (docs,
 * examples).
 */
export function moduleOf(
  path: string,
  language: string,
  encoding: string,
  importRoots: readonly string[],
  isPackage: (folder: string) => boolean,
): string | null {
  if (language !== "python" || !path.endsWith(".py") || /^utf-(?:16|32)/u.test(encoding)) return null;
  const root = importRoots
    .filter((folder) => folder === "" || path.startsWith(`${folder}/`))
    .toSorted((a, b) => b.length - a.length)[0];
  if (root === undefined) return null;
  const inside = root === "" ? path : path.slice(root.length + 1);
  const parts = inside.slice(0, -".py".length).split("/");
  const [top = ""] = parts;
  if (parts.length === 1 ? scripts.has(top) : notPackages.test(top) && !isPackage(root === "" ? top : `${root}/${top}`))
    return null;
  if (parts.at(-1) === "__main__") return null;
  if (parts.at(-1) === "__init__") parts.pop();
  return parts.length > 0 && parts.every(isIdentifier) ? parts.join(".") : null;
}

/** Files at the top that run something when they are imported, or belong to no name. */
const scripts: ReadonlySet<string> = new Set(["setup", "noxfile", "conftest", "__init__"]);
const notPackages =
  /^(?:docs?|documentation|examples?|samples?|demos?|scripts?|tools?|benchmarks?|bench|build|dist|ci|tests?)$/iu;

function isIdentifier(part: string): boolean {
  // An import names a file in the form in which Python compares names, and no other.
  return /^[\p{XID_Start}_]\p{XID_Continue}*$/u.test(part) && !keywords.has(part) && part === part.normalize("NFKC");
}

const keywords: ReadonlySet<string> = new Set([
  "False",
  "None",
  "True",
  "and",
  "as",
  "assert",
  "async",
  "await",
  "break",
  "class",
  "continue",
  "def",
  "del",
  "elif",
  "else",
  "except",
  "finally",
  "for",
  "from",
  "global",
  "if",
  "import",
  "in",
  "is",
  "lambda",
  "nonlocal",
  "not",
  "or",
  "pass",
  "raise",
  "return",
  "try",
  "while",
  "with",
  "yield",
]);
