import { readFile } from "node:fs/promises";
import { PipelineError } from "../pipeline/system/errors.js";
import type { TrainerCommand } from "../pipeline/contract/finetuning.js";
import { hashFile } from "../pipeline/system/hash.js";
import { installPackages } from "../pipeline/system/python/packages.js";
import { findPython } from "../pipeline/system/python/interpreter.js";
import { runProgram, type Start, type Surroundings } from "./run-program.js";
import type { Trainer } from "./trainer.js";

/** A program of the user's that keeps the contract. */
export const command: Trainer = {
  needsFolder: false,
  limits: () => [],
  tool: async () => null,
  async train({ command: named }, work, surroundings) {
    if (named === null)
      throw new PipelineError("the trainer is `command`, and no command is named", {
        code: "config",
        hint: "write command: { program: FILE }",
      });
    await runProgram(await startOf(named, work, surroundings), work, surroundings);
  },
};

/** Everything of a command that can change what it gives; wherever its files lie. */
export async function hashCommand({
  program,
  files,
  requirements,
  interpreter,
  arguments: args,
}: TrainerCommand): Promise<object> {
  return {
    interpreter,
    arguments: args,
    program: await hashNamed(program),
    files: await Promise.all(files.map(hashNamed)),
    // Which packages a lock stands for depends on the Python that they are installed for.
    requirements:
      requirements === null ? null : { lock: await hashNamed(requirements), python: (await findPython()).version },
  };
}

async function startOf(
  { program, interpreter: [interpreter, ...options], arguments: args, requirements }: TrainerCommand,
  work: string,
  { context }: Surroundings,
): Promise<Start> {
  const packages =
    requirements === null
      ? null
      : await installPackages(await readFile(requirements, "utf8"), "the packages of the trainer", context);
  const env = packages === null ? {} : { PYTHONPATH: packages, PYTHONNOUSERSITE: "1" };
  const what = "the trainer";
  if (interpreter === undefined) return { what, program, args: [...args, work], env };
  return { what, program: interpreter, args: [...options, program, ...args, work], env };
}

async function hashNamed(path: string): Promise<string> {
  try {
    return await hashFile(path);
  } catch (error) {
    throw new PipelineError(`cannot read ${path}, of the trainer's command`, {
      code: "reference",
      hint: "check the path; it is relative to the pipeline file",
      cause: error,
    });
  }
}
