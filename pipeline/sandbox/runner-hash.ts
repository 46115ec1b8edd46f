import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Code, CodeReader } from "../system/code/code.js";
import { hashValue } from "../system/hash.js";
import { packageRoot } from "../system/paths.js";

/**
 * SHA-256 of the code that runs tests and judges them, in Python and in TypeScript: other rules give other verdicts,
 * also where those of before are remembered.
 */
export async function hashRunner(): Promise<string> {
  return hashValue(await readRunner());
}

/** That code: texts of the Python files by name, and the compiled TypeScript with what it imports. */
export async function readRunner(): Promise<{
  readonly python: readonly (readonly [name: string, text: string])[];
  readonly typescript: Code;
}> {
  return { python: await readPython(), typescript: new CodeReader().read(judges, compiled) };
}

const compiled = join(packageRoot, "dist");
/** What answers the sandbox's questions. How its processes are kept is told by none of its answers. */
const judges = ["run-tests", "mutate", "record-calls", "observe", "check"].map((name) =>
  join(compiled, `pipeline/sandbox/${name}.js`),
);

async function readPython(): Promise<(readonly [name: string, text: string])[]> {
  const folder = join(packageRoot, "pipeline/sandbox/python");
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".py")).toSorted();
  return await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), "utf8")] as const));
}
