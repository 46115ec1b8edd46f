import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { hashValue } from "../hash.js";
import { packageRoot } from "../paths.js";

/** SHA-256 of the Python code that runs tests and judges them: other rules give other verdicts. */
export async function hashRunner(): Promise<string> {
  const folder = join(packageRoot, "pipeline/sandbox/python");
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".py")).toSorted();
  return hashValue(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), "utf8")])));
}
