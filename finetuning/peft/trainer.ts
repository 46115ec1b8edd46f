import { join } from "node:path";
import { prepareEnvironment } from "../environment.js";
import { programsFolder } from "../identity.js";
import { runProgram } from "../run-program.js";
import type { Trainer } from "../trainer.js";

/** The trainer that ships: its environment is installed when it is first asked for. */
export const peft: Trainer = {
  needsFolder: false,
  limits: () => [],
  tool: async () => null,
  async train(_request, work, surroundings) {
    const { python, env } = await prepareEnvironment(surroundings.context);
    await runProgram(
      { what: "the trainer", program: python, args: ["-s", join(programsFolder, "train.py"), work], env },
      work,
      surroundings,
    );
  },
};
