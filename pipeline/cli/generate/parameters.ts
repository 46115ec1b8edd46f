import type { Command } from "commander";
import type { Parameter } from "../../engine/config/parameters/parameter.js";
import type { GivenParameter } from "../../engine/config/parameters/given.js";
import { PipelineError } from "../../system/errors.js";
import { readParameters } from "../../parameters.js";
import { addParameters, declaredHeading, type ParametersOfCommand } from "../parameters.js";
import { ownParameters } from "./given.js";
import { fileFor, shipped, type Way } from "./pipeline.js";

const otherWay = { file: "shard", shard: "file" } as const;

/**
 * Makes options of the parameters of the file that is run, and of those of the other way to ask: so that both are in
 * the help, and a slip between them is told.
 */
export async function withGenerateParameters(command: Command, way: Way): Promise<ParametersOfCommand> {
  const file = await fileFor(way);
  const found = await readParameters({
    file,
    cwd: process.cwd(),
    lender: shipped[way.by],
    base: shipped[way.by],
  });
  // What a file declares that cannot be read is unknown: reading it for good tells what is wrong with it.
  if (found === null) command.allowUnknownOption().allowExcessArguments();
  const own = without(found ?? (await shippedParameters(way.by)), ownParameters);
  const others = without(await shippedParameters(otherWay[way.by]), [...ownParameters, ...own.map(({ name }) => name)]);
  const options = addParameters(command, [
    { heading: declaredHeading, parameters: own },
    { heading: `With --by ${otherWay[way.by]} alone:`, parameters: others },
  ]);
  return {
    words: () => options.words(),
    given: async () => {
      const given = await options.given();
      const stray = given.find(({ name }) => others.some((other) => other.name === name));
      if (stray !== undefined) throw ofTheOtherWay(stray, way, own);
      return given;
    },
  };
}

async function shippedParameters(by: Way["by"]): Promise<readonly Parameter[]> {
  return (await readParameters({ file: shipped[by], cwd: process.cwd() })) ?? [];
}

function without(parameters: readonly Parameter[], names: readonly string[]): Parameter[] {
  return parameters.filter(({ name }) => !names.includes(name));
}

function ofTheOtherWay({ name }: GivenParameter, { by }: Way, own: readonly Parameter[]): PipelineError {
  return by === "shard"
    ? new PipelineError(`--${name} does not go with --by shard: its pipeline file declares no such parameter`, {
        code: "usage",
        hint: `it takes ${own.map((parameter) => `--${parameter.name}`).join(", ")}`,
      })
    : new PipelineError(`--${name} goes with --by shard alone`, { code: "usage", hint: "add --by shard" });
}
