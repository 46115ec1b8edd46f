import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { isBuiltin } from "node:module";
import { basename, dirname, join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { sha256 } from "../hash.js";
import { type Imported, importsOf } from "./imports.js";
import { Packages } from "./packages.js";
import { tokensOf } from "./tokens.js";

/** What some code is, with all that it imports: equal ones do the same. */
export interface Code {
  /** SHA-256 by path, of code without comments and white space, and of other files as they are. */
  readonly files: Readonly<Record<string, string>>;
  /** Installed version by name, of packages that are not followed into. */
  readonly packages: Readonly<Record<string, string>>;
}

/**
 * Reads modules with what they import, directly or not, while one plan is made. Packages that are installed count by
 * their version; one that is linked into node_modules is somebody's work of today, and is followed.
 */
export class CodeReader {
  readonly #packages = new Packages();

  /** The code of some modules together; paths are told from `base`, or begin with the name of another package. */
  read(entries: readonly string[], base: string): Code {
    const reading = new Reading(realpathSync(base), this.#packages);
    for (const entry of entries) reading.visit(realpathSync(entry));
    return { files: inOrder(reading.files), packages: inOrder(reading.packages) };
  }

  /** What a module imports itself, as it is written. */
  importsOf(file: string): string[] {
    return readModule(realpathSync(file)).imports.map(({ specifier }) => specifier);
  }
}

class Reading {
  readonly files = new Map<string, string>();
  readonly packages = new Map<string, string>();
  readonly #seen = new Set<string>();

  constructor(
    private readonly base: string,
    private readonly installed: Packages,
  ) {}

  visit(file: string): void {
    if (this.#seen.has(file)) return;
    this.#seen.add(file);
    const { hash, imports } = readModule(file);
    this.files.set(this.#nameOf(file), hash);
    for (const imported of imports) this.#follow(imported, file);
  }

  #follow({ specifier, by, isBeginning }: Imported, from: string): void {
    if (isBuiltin(specifier) || /^(?:data|https?):/u.test(specifier)) return;
    const isPath = by === "url" || /^(?:\.{0,2}\/|file:)/u.test(specifier);
    if (isBeginning) return isPath ? filesThatBegin(specifier, from).forEach((file) => this.visit(file)) : undefined;
    const file =
      (isPath ? beside(specifier, from) : null) ?? (by === "url" ? null : this.installed.entry(specifier, by, from));
    if (file === null) this.packages.set(specifier, "not there");
    else if (isPath || specifier.startsWith("#")) this.visit(file);
    else this.#package(file);
  }

  #package(file: string): void {
    const found = this.installed.of(file);
    if (found === null || found.version === null || !file.split(sep).includes("node_modules")) return this.visit(file);
    const { name, version } = found;
    const versions = this.packages.get(name)?.split(", ") ?? [];
    this.packages.set(name, [...new Set([...versions, version])].toSorted().join(", "));
  }

  #nameOf(file: string): string {
    const inside = relative(this.base, file);
    const owner = this.installed.of(file);
    const isOwn =
      !inside.startsWith("..") || owner === null || owner.folder === this.installed.of(join(this.base, "x"))?.folder;
    return (isOwn ? inside : join(owner.name, relative(owner.folder, file))).split(sep).join("/");
  }
}

interface Module {
  readonly hash: string;
  readonly imports: readonly Imported[];
}

/**
 * Modules that this process has read, by path: a plan of ten steps reads a file once, and `--watch` only what changes.
 */
const modules = new Map<string, Module & { readonly stamp: string }>();

function readModule(file: string): Module {
  const { ino, size, mtimeMs, ctimeMs } = statSync(file);
  const stamp = [ino, size, mtimeMs, ctimeMs].join(" ");
  const known = modules.get(file);
  if (known?.stamp === stamp) return known;
  const read = { ...parseModule(file), stamp };
  modules.set(file, read);
  return read;
}

function parseModule(file: string): Module {
  if (!/\.[mc]?[jt]s$/u.test(file)) return { hash: sha256(readFileSync(file)), imports: [] };
  const tokens = tokensOf(readFileSync(file, "utf8"), file);
  return { hash: sha256(tokens.map(({ value }) => value).join(" ")), imports: importsOf(tokens) };
}

/** The file at a relative or absolute place; null where there is none. */
function beside(specifier: string, from: string): string | null {
  try {
    const file = realpathSync(fileURLToPath(new URL(specifier, pathToFileURL(from))));
    return statSync(file).isFile() ? file : null;
  } catch {
    return null;
  }
}

/** Files that a name which is computed may stand for: those that begin as it does. */
function filesThatBegin(beginning: string, from: string): string[] {
  const start = fileURLToPath(new URL(`${beginning}.`, pathToFileURL(from))).slice(0, -1);
  const [folder, prefix] = start.endsWith(sep) ? [start, ""] : [dirname(start), basename(start)];
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && entry.name.startsWith(prefix))
      .map(({ name }) => realpathSync(join(folder, name)));
  } catch {
    return [];
  }
}

function inOrder(values: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...values].toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
