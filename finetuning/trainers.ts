import { join } from "node:path";
import { PipelineError } from "../pipeline/errors.js";
import type { TrainerCommand, TrainingRequest } from "../pipeline/finetuning.js";
import type { ServiceContext } from "../pipeline/service.js";
import { prepareEnvironment } from "./environment.js";
import { programsFolder } from "./identity.js";
import type { Start } from "./run-program.js";

/** How the trainer of a request is started in its folder. */
export async function trainerStart({ trainer, command }: TrainingRequest, work: string, context: Pick<ServiceContext, "cacheDir" | "emit">): Promise<Start> {
  switch (trainer) {
    case "command":
      return startOf(command, work);
    case "peft": {
      const { python, env } = await prepareEnvironment(context);
      return { what: "the trainer", program: python, args: ["-s", join(programsFolder, "train.py"), work], env };
    }
  }
}

function startOf(command: TrainerCommand | null, work: string): Start {
  if (command === null) throw new PipelineError("the trainer is `command`, and no command is named", { code: "config", hint: "write command: { program: FILE }" });
  const [interpreter, ...options] = command.interpreter;
  const args = [...command.arguments, work];
  if (interpreter === undefined) return { what: "the trainer", program: command.program, args, env: {} };
  return { what: "the trainer", program: interpreter, args: [...options, command.program, ...args], env: {} };
}
