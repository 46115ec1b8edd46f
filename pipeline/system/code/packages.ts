import { readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { resolve } from "import-meta-resolve";

/** A folder with a package.json that has a name. */
export interface Package {
  readonly folder: string;
  readonly name: string;
  readonly version: string | null;
}

/** Finds packages, each once: what is installed does not change while a plan is made. */
export class Packages {
  readonly #files = new Map<string, string | null>();
  readonly #packages = new Map<string, Package | null>();

  /** Path of the file that a module's import stands for, links followed; null where there is none. */
  entry(specifier: string, by: "import" | "require", from: string): string | null {
    const key = JSON.stringify([specifier, by, dirname(from)]);
    const known = this.#files.get(key);
    if (known !== undefined) return known;
    const found = resolveImport(specifier, by, from);
    this.#files.set(key, found);
    return found;
  }

  /** The package that a file belongs to; null where no folder above it has a package.json with a name. */
  of(file: string): Package | null {
    return this.#above(dirname(file));
  }

  #above(folder: string): Package | null {
    const known = this.#packages.get(folder);
    if (known !== undefined) return known;
    const found = readPackage(folder) ?? (dirname(folder) === folder ? null : this.#above(dirname(folder)));
    this.#packages.set(folder, found);
    return found;
  }
}

function resolveImport(specifier: string, by: "import" | "require", from: string): string | null {
  try {
    if (by === "require") return createRequire(from).resolve(specifier);
    return realpathSync(fileURLToPath(resolve(specifier, pathToFileURL(from).href)));
  } catch {
    return null;
  }
}

function readPackage(folder: string): Package | null {
  try {
    const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<string, unknown>;
    return typeof name === "string" ? { folder, name, version: typeof version === "string" ? version : null } : null;
  } catch {
    return null;
  }
}
