import { fileURLToPath } from "node:url";
import { explainError, type Location, PipelineError } from "../system/errors.js";
import type { PartitionTask } from "./protocol.js";

/** An error of a stage that the user wrote, at the user's own line; any other error as it is. */
export function blame(failure: unknown, { step, module }: Pick<PartitionTask, "step" | "module">): unknown {
  const error = explainError(failure);
  const isOwn = module.name === null;
  if (!isOwn || error instanceof PipelineError || !(error instanceof Error)) return error;
  const located = new PipelineError(`the stage of step "${step}" failed: ${error.name}: ${error.message}`, {
    code: "stage",
    hint: "The stage is your own: mend it, and run the same command again. --debug shows the whole stack.",
    locations: place(error.stack ?? "", module.url),
    cause: error,
  });
  if (error.stack !== undefined) located.stack = error.stack;
  return located;
}

/** The innermost place in the stage's own file: "    at run (file:///home/me/stage.mjs:12:7)". */
function place(stack: string, url: string): Location[] {
  const frame = stack.split("\n").find((line) => line.includes(`${url}:`));
  const [, line, column] = /:(\d+):(\d+)\)?$/u.exec(frame ?? "") ?? [];
  if (line === undefined || column === undefined) return [];
  return [{ file: fileURLToPath(new URL(url)), line: Number(line), column: Number(column), length: 1 }];
}
