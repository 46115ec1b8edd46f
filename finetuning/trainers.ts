import { join } from "node:path";
import { PipelineError } from "../pipeline/errors.js";
import type { TrainerCommand, TrainingRequest } from "../pipeline/finetuning.js";
import type { ServiceContext } from "../pipeline/service.js";
import { prepareEnvironment } from "./environment.js";
import { programsFolder } from "./identity.js";

/** How a trainer is started; the folder of the training is added as the last argument. */
interface Start {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

export async function trainerCommand({ trainer, command }: TrainingRequest, context: Pick<ServiceContext, "cacheDir" | "emit">): Promise<Start> {
  switch (trainer) {
    case "command":
      return startOf(command);
    case "peft": {
      const { python, env } = await prepareEnvironment(context);
      return { program: python, args: [join(programsFolder, "train.py")], env };
    }
  }
}

function startOf(command: TrainerCommand | null): Start {
  if (command === null) throw new PipelineError("the trainer is `command`, and no command is named", { code: "config", hint: "write command: { program: FILE }" });
  const [program = "", ...args] = [...command.interpreter, command.program, ...command.arguments];
  return { program, args, env: {} };
}
