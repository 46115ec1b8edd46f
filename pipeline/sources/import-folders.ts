import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import pMap from "p-map";
import { listFiles } from "./files.js";
import { standardModules } from "./standard-modules.js";

/** What the imports of a project's own code say of the folders that they are looked up in. */
export interface ImportFolders {
  /** Folders below the top that the project's imports are looked up in, POSIX, in order: those of its scripts. */
  readonly inner: readonly string[];
  /**
   * Those that hold modules of the same names as one of them: what is imported from there has to be a project of its
   * own.
   */
  readonly displaced: readonly string[];
  /** Whether the code imports `src` itself: it is run from the folder above it. */
  readonly importsSrc: boolean;
  /** Whether there is Python code in the folder, at any depth. */
  readonly holdsCode: (folder: string) => boolean;
}

/**
 * Reads from which folders a project's own imports resolve. `backend/main.py` that says `from routers import auth` is
 * run from `backend`, where `routers` is: Python looks beside the script first. A folder with Django's manage.py is
 * one, too.
 */
export async function importFoldersOf(top: string): Promise<ImportFolders> {
  const { files } = await listFiles(top, (path, isFolder) => isFolder && isSkipped(join(top, path), path));
  const paths = files.filter(({ path, link }) => !link && path.endsWith(".py")).map(({ path }) => path);
  const names = namesByFolder(paths);
  const code = await pMap(
    paths.filter((path) => !isApart(path)),
    async (path) => await readImports(top, path),
    { concurrency: 16 },
  );
  const imported = new Set(code.flatMap(({ modules }) => modules));
  const isImportedThrough = (folder: string) =>
    [...imported].some((module) => `${module}.`.startsWith(`${folder.replaceAll("/", ".")}.`));

  const found = new Set(code.filter(({ isManage }) => isManage).map(({ folder }) => folder));
  for (const { folder, modules } of code) {
    for (const module of modules) {
      const [name = ""] = module.split(".");
      if (standardModules.has(name) || names.get("")?.has(name) === true) continue;
      const place = foldersUpFrom(folder).find((each) => names.get(each)?.has(name) === true);
      if (place !== undefined && !isImportedThrough(place) && !isPackage(place)) found.add(place);
    }
  }
  const folders = [...found].filter((folder) => folder !== "").toSorted();
  const inner = distinct(folders, names);
  return {
    inner,
    displaced: folders.filter((folder) => !inner.includes(folder)),
    importsSrc: isImportedThrough("src"),
    holdsCode: (folder) => names.has(folder),
  };

  /** One whose modules import each other as parts of it; a stray __init__.py beside scripts makes none. */
  function isPackage(folder: string): boolean {
    return (
      names.get(folder)?.has("__init__") === true && code.some((file) => file.folder === folder && file.isRelative)
    );
  }
}

interface FileImports {
  readonly folder: string;
  /** Dotted names, as far as they are written: `a.b` of `from a.b import c`. */
  readonly modules: readonly string[];
  readonly isRelative: boolean;
  /** It is a manage.py, which Django's commands are run by. */
  readonly isManage: boolean;
}

async function readImports(top: string, path: string): Promise<FileImports> {
  const text = await readFile(join(top, path), "utf8");
  const from = [...text.matchAll(/^[ \t]*from[ \t]+([A-Za-z_][\w.]*)[ \t]+import\b/gmu)].map(
    ([, module = ""]) => module,
  );
  const plain = [...text.matchAll(/^[ \t]*import[ \t]+([A-Za-z_][\w., \t]*)/gmu)].flatMap(([, list = ""]) =>
    list.split(",").map((part) => part.trim().split(/\s/u, 1)[0] ?? ""),
  );
  return {
    folder: path.slice(0, Math.max(0, path.lastIndexOf("/"))),
    modules: [...from, ...plain].filter((module) => module !== ""),
    isRelative: /^[ \t]*from[ \t]+\./mu.test(text),
    isManage: /(?:^|\/)manage\.py$/u.test(path) && text.includes("DJANGO_SETTINGS_MODULE"),
  };
}

/** What can be imported from each folder: its modules, and the folders in it that hold some. */
function namesByFolder(paths: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
  const names = new Map<string, Set<string>>();
  for (const path of paths) {
    const parts = path.slice(0, -".py".length).split("/");
    for (const [depth, name] of parts.entries()) {
      const folder = parts.slice(0, depth).join("/");
      names.set(folder, (names.get(folder) ?? new Set()).add(name));
    }
  }
  return names;
}

/** The folder and those above it, but for the top. */
function foldersUpFrom(folder: string): string[] {
  const parts = folder === "" ? [] : folder.split("/");
  return parts.map((_, index) => parts.slice(0, parts.length - index).join("/"));
}

/**
 * Of two folders that hold a module of one name, the first: Python finds one of them. Tests and the like may be in
 * each.
 */
function distinct(folders: readonly string[], names: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const taken = new Set<string>();
  return folders.filter((folder) => {
    const own = [...(names.get(folder) ?? [])].filter(
      (name) => !apart.test(name) && name !== "__init__" && name !== "manage",
    );
    if (own.some((name) => taken.has(name))) return false;
    for (const name of own) taken.add(name);
    return true;
  });
}

/** Folders that are no part of an application: each script in them is run by itself. */
const apart = new RegExp(
  "^(?:tests?|testing|testsuite|unittests?|conftest|docs?|documentation|examples?|samples?|demos?|scripts?|tools?|" +
    "benchmarks?|bench|build|dist|ci|migrations|alembic|versions|setup)$",
  "iu",
);

function isApart(path: string): boolean {
  const parts = path.slice(0, -".py".length).split("/");
  return parts.some((part) => apart.test(part)) || /^test_|_tests?$/u.test(parts.at(-1) ?? "");
}

function isSkipped(folder: string, path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return (
    name.startsWith(".") ||
    ["node_modules", "__pycache__", "site-packages"].includes(name) ||
    existsSync(join(folder, "pyvenv.cfg"))
  );
}
