import { fileURLToPath } from "node:url";
import { Packages } from "./code/packages.js";

/** Name and version of a package that is installed: "node-llama-cpp 3.22.1". */
export function packageVersion(name: string): string {
  const kept = known.get(name);
  if (kept !== undefined) return kept;
  const packages = new Packages();
  const entry = packages.entry(name, "import", fileURLToPath(import.meta.url));
  const { version = "of no version" } = (entry === null ? null : packages.of(entry)) ?? {};
  known.set(name, `${name} ${version}`);
  return `${name} ${version}`;
}

const known = new Map<string, string>();
