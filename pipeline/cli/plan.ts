import type { Command } from "commander";
import { selectSteps } from "../engine/plan/select.js";
import { interruptible } from "./interrupt.js";
import { type FileOptions, type PlaceOptions, withPlace, withSettings } from "./options.js";
import { parametersHelp, withFileParameters } from "./parameters.js";
import { placeOf, readPipeline, withPlan } from "./planning.js";
import { table } from "./table.js";
import { print, printJson } from "./terminal.js";

interface Options extends FileOptions, PlaceOptions {
  readonly json?: boolean;
  readonly from?: string;
  readonly until?: string;
  readonly only?: string;
  readonly fresh?: boolean;
}

/**
 * `pipeline plan FILE`: says of each step whether it would run, and why; runs nothing.
 * @param args what stands behind the name: the file that they name may declare more options
 */
export default async function define(command: Command, args: readonly string[]): Promise<Command> {
  withPlace(withSettings(command.argument("<pipeline>", "a pipeline file, or the NAME of config/NAME.yaml")))
    .option("--json", "print JSON")
    .addHelpText("after", parametersHelp);
  const parameters = await withFileParameters(command, args);
  return command.action(async (nameOrFile: string, options: Options) => {
    await showPlan(nameOrFile, { ...options, given: await parameters.given() });
  });
}

/** Prints what would run and why; runs nothing. */
export async function showPlan(nameOrFile: string, options: Options): Promise<void> {
  const pipeline = await readPipeline(nameOrFile, options);
  await interruptible(
    async (signal) =>
      await withPlan(
        pipeline,
        { ...placeOf(options), signal },
        () => undefined,
        (plan) => {
          const { selected, forced } = selectSteps(plan.steps, options);
          const steps = selected.map(({ step, manifest, why, fingerprint }) => {
            const isForced = forced.has(step.id);
            return {
              step: step.id,
              stage: step.stage.name,
              runs: manifest === null || isForced,
              why: isForced ? "asked for" : why,
              fingerprint,
            };
          });
          if (options.json === true) return printJson({ pipeline: pipeline.name, file: pipeline.file, steps });
          const running = steps.filter(({ runs }) => runs).length;
          print(
            table(
              steps.map(({ step, runs, why }) => [
                runs ? "▸ runs" : "✔ finished",
                step,
                why === "finished before" ? "" : why,
              ]),
            ),
          );
          print(
            running === 0
              ? "\nNothing to run: every step is finished."
              : `\n${running} of ${steps.length} steps would run.`,
          );
        },
      ),
  );
}
