import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { GivenParameter } from "../engine/config/parameters/given.js";
import { parseByteSize } from "../system/byte-size.js";
import { settableVariable } from "../contract/sandbox.js";

/** Values that are set beside a pipeline file, each as it is written: `STEP.option=value`. */
export interface SettingOptions {
  readonly set: readonly string[];
}

/** What a command line says of a pipeline file. */
export interface FileOptions extends SettingOptions {
  /** Values of its parameters. */
  readonly given?: readonly GivenParameter[];
}

/** `--set`, for commands that read a pipeline file. */
export function withSettings(command: Command): Command {
  return command.option(
    "--set <assignment>",
    "set a value: STEP.option=value, seed=value, models.NAME.source=value (repeatable)",
    (value: string, all: readonly string[]) => [...all, value],
    [],
  );
}

/** What a command line says of where and how things run. */
export interface PlaceOptions {
  readonly sandbox?: string;
  readonly python?: string;
  /** As they are written: NAME=VALUE, or NAME. */
  readonly env?: readonly string[];
  readonly workers?: number;
  readonly update?: boolean;
  readonly acceptFailures?: boolean;
}

/** What a plan depends on beside the pipeline file. */
export function withPlace(command: Command): Command {
  return command
    .option("--sandbox <name>", 'what confines tests: a backend\'s name, or "none" (see: pipeline doctor)')
    .option(
      "--python <path>",
      "run tests with what is installed in an environment of yours: its interpreter, or its folder",
      interpreterPath,
    )
    .option("-e, --env <assignment>", environmentHelp, eachVariable, [])
    .addOption(
      new Option("--accept-failures", "go on without the inputs that failed before, instead of taking them again"),
    )
    .addOption(
      new Option(
        "--retry-failed",
        "take the inputs again that failed before, as every run does unless told otherwise",
      ).conflicts("acceptFailures"),
    )
    .option("--update", "resolve branches and unpinned versions again")
    .option("-j, --workers <number>", "worker threads; one a processor unless told", atLeastOne);
}

/** What `--env` does, for help. */
export const environmentHelp =
  "a variable that the project's code finds when it is run: NAME=VALUE, or NAME for the one of this shell (repeatable)";

/** One more `--env`. */
export function eachVariable(text: string, all: readonly string[]): readonly string[] {
  const [name = ""] = text.split("=", 1);
  if (!settableVariable.test(name))
    throw new InvalidArgumentError(
      "expected NAME=VALUE or NAME, and no name that the sandbox itself goes by, such as PATH or PYTHONPATH",
    );
  if (!text.includes("=") && process.env[name] === undefined)
    throw new InvalidArgumentError(`this shell has no variable ${name}: write ${name}=VALUE`);
  return [...all, text];
}

/** The variables that `--env` names, with their values. */
export function variablesOf(assignments: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    assignments.map((text) => {
      const [name = ""] = text.split("=", 1);
      return [name, text.includes("=") ? text.slice(name.length + 1) : (process.env[name] ?? "")];
    }),
  );
}

/** Paths are relative to the working folder; a name without one is a command. */
export function interpreterPath(path: string): string {
  return path.includes("/") || existsSync(path) ? resolve(path) : path;
}

/** Reads a size, such as 10GB, into bytes. Throws commander's error where it is none. */
export function byteSize(text: string): number {
  const bytes = parseByteSize(text);
  if (bytes === null) throw new InvalidArgumentError("expected a size, such as 10GB or 500MB");
  return bytes;
}

/** Reads a whole number. Throws commander's error where it is less than 1, or none. */
export function atLeastOne(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("expected a whole number of at least 1");
  return value;
}
