import type { TrainerName } from "../pipeline/contract/finetuning.js";
import { axolotl } from "./axolotl/trainer.js";
import { command } from "./command.js";
import { mlx } from "./mlx/trainer.js";
import { peft } from "./peft/trainer.js";
import type { Trainer } from "./trainer.js";
import { unsloth } from "./unsloth/trainer.js";

/** Every trainer that ships, by the name that `train` has for it. */
export const trainers: Readonly<Record<TrainerName, Trainer>> = { peft, unsloth, axolotl, mlx, command };
