import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { packageRoot } from "../../pipeline/system/paths.js";
import { findPython } from "../../pipeline/system/python/interpreter.js";
import type { TrainerLimit, TrainerName } from "../../pipeline/contract/finetuning.js";
import type { TrainingConfig } from "../../pipeline/contract/training-config.js";
import { runProgram, type Surroundings } from "../run-program.js";
import type { TrainingDescription } from "../work-folder.js";
import { toolEnvironment } from "./tool.js";

const Machine = z.object({
  cuda: z.boolean(),
  bf16: z.boolean().describe("Whether CUDA computes in it here"),
  fp16: z.boolean(),
});
const Prepared = Machine.extend({ rows: z.int().min(1), val_rows: z.int().min(0) });

/** What a tool trains on, and on what machine. */
export type Prepared = z.infer<typeof Prepared>;

/**
 * Makes the rows of a training into what a tool reads, in the tool's own environment: the tokens, which are compared
 * with those of llama.cpp, and what is learned of them. A row that does not fit is left out.
 */
export async function prepareRows(
  { trainer, form }: { readonly trainer: TrainerName; readonly form: "labels" | "messages" },
  work: string,
  surroundings: Surroundings,
): Promise<Prepared & { readonly training: TrainingDescription }> {
  await runTool(
    { trainer, program: join(packageRoot, "finetuning/tool/prepare.py"), args: [work, form] },
    work,
    surroundings,
  );
  const prepared = Prepared.parse(JSON.parse(await readFile(join(work, "prepared.json"), "utf8")));
  return {
    ...prepared,
    training: JSON.parse(await readFile(join(work, "training.json"), "utf8")) as TrainingDescription,
  };
}

/**
 * Removes the checkpoints of a Trainer of transformers that a kill left unfinished: it would go on from the newest one,
 * and fail. The state of the training is what it writes last.
 */
export async function removeBrokenCheckpoints(folder: string): Promise<void> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.startsWith("checkpoint-"));
  for (const name of names) {
    const state = await readFile(join(folder, name, "trainer_state.json"), "utf8").catch(() => "");
    if (!state.trimEnd().endsWith("}")) await rm(join(folder, name), { recursive: true });
  }
}

/** Runs a program with the Python that a tool is installed for. */
export async function runTool(
  {
    trainer,
    program,
    args,
  }: { readonly trainer: TrainerName; readonly program: string; readonly args: readonly string[] },
  work: string,
  surroundings: Surroundings,
): Promise<void> {
  const { executable } = await findPython();
  const start = program.endsWith(".py") ? [program] : ["-m", program];
  await runProgram(
    { what: `the trainer ${trainer}`, program: executable, args: [...start, ...args], env: toolEnvironment(trainer) },
    work,
    surroundings,
  );
}

/** The trainer that ships has products in 8 bits; a tool has none. */
export function limitsOfPrecision({ training: { precision } }: Pick<TrainingConfig, "training">): TrainerLimit[] {
  if (precision !== "int8") return [];
  return [
    { path: ["training", "precision"], reason: "the trainer peft alone takes products in 8 bits", hint: "write auto" },
  ];
}

/**
 * The number format of a training, and whether the base is held in 4 bits: what the configuration says, or what suits
 * the machine.
 */
export function chooseFormat(
  { load_in_4bit: in4bit, training: { precision, optimizer } }: TrainingDescription["config"],
  { cuda, bf16 }: z.infer<typeof Machine>,
): {
  readonly precision: "bf16" | "fp16" | "fp32";
  readonly in4bit: boolean;
  readonly optimizer: "adamw" | "adamw_8bit";
} {
  return {
    // int8 is refused when the plan is made.
    precision: precision === "auto" || precision === "int8" ? (bf16 ? "bf16" : cuda ? "fp16" : "fp32") : precision,
    in4bit: in4bit === "auto" ? cuda : in4bit,
    optimizer: optimizer === "auto" ? (cuda ? "adamw_8bit" : "adamw") : optimizer,
  };
}
