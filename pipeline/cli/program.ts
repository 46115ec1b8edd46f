import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { explainError, PipelineError } from "../system/errors.js";
import { packageRoot } from "../system/paths.js";
import { printError } from "./terminal.js";

interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** A command is loaded when it is asked for, so that none waits for what another needs. */
  readonly load: () => Promise<{ readonly default: Define }>;
}

/**
 * Says what a command takes. `args` stand behind its name: the pipeline file that they name may declare more options.
 */
type Define = (command: Command, args: readonly string[]) => Command | Promise<Command>;

const commands: readonly CommandEntry[] = [
  { name: "run", summary: "run a pipeline; what is finished already is not run again", load: () => import("./run.js") },
  { name: "plan", summary: "show what would run, what is finished, and why", load: () => import("./plan.js") },
  { name: "status", summary: "show the runs of this folder and their steps", load: () => import("./status.js") },
  {
    name: "inspect",
    summary: "look at the records of a step or a file, or at what was left out",
    load: () => import("./inspect.js"),
  },
  {
    name: "failures",
    summary: "show the inputs that failed because something around them broke, by cause, with the fix",
    load: () => import("./failures.js"),
  },
  { name: "explain", summary: "follow a record, or say why a step ran again", load: () => import("./explain.js") },
  { name: "models", summary: "list, fetch and describe models", load: () => import("./models.js") },
  {
    name: "generate",
    summary: "write tests for code of your own, run them, and keep those that pass",
    load: () => import("./generate.js"),
  },
  {
    name: "serve",
    summary: "answer OpenAI's clients with models of this machine",
    load: () => import("./serve.js"),
  },
  { name: "verify", summary: "run test files in the sandbox: a verdict a test", load: () => import("./verify.js") },
  {
    name: "evaluate",
    summary: "score models and baselines by running the tests that they write",
    load: () => import("./evaluate.js"),
  },
  {
    name: "clean",
    summary: "free disk: results of steps that nothing uses, and what is old in the cache",
    load: () => import("./clean.js"),
  },
  { name: "config", summary: "show, check and describe pipeline files", load: () => import("./config.js") },
  { name: "doctor", summary: "check this machine, and say what to do", load: () => import("./doctor.js") },
];

/**
 * Runs the command line; answers the exit code: 0 done, 1 failed, 2 a mistake in usage or configuration, 75 a budget is
 * used up, 130 interrupted.
 */
export async function runProgram(args: readonly string[]): Promise<number> {
  const display = { debug: args.includes("--debug"), json: args.includes("--json") };
  try {
    const program = await buildProgram(askedFor(args), args);
    await program.parseAsync(args, { from: "user" });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const explained = explainError(error);
    const exitCode = explained instanceof PipelineError ? explained.exitCode : 1;
    // Who pressed Ctrl-C knows it.
    if (exitCode !== 130) printError(explained, display);
    return exitCode;
  }
}

/** The program with every command loaded: what the documentation describes. */
export async function wholeProgram(args: readonly string[] = []): Promise<Command> {
  return await buildProgram(() => true, args);
}

/** What stands behind a command's name; nothing where it is another command's. */
function argumentsOf(name: string, args: readonly string[]): readonly string[] {
  const first = args.findIndex((argument) => !argument.startsWith("-"));
  return args[first] === name ? args.slice(first + 1) : [];
}

/** Whether the arguments ask for the command of that name, or for help with it. */
function askedFor(args: readonly string[]): (name: string) => boolean {
  const [first, second] = args.filter((argument) => !argument.startsWith("-"));
  return (name) => first === name || (first === "help" && second === name);
}

/** The program, with the commands loaded that are wanted. */
async function buildProgram(isWanted: (name: string) => boolean, args: readonly string[] = []): Promise<Command> {
  const program = new Command("pipeline")
    .description("Code repositories -> verified fine-tuning data -> a small local model.")
    .version(readVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .helpCommand("help [command]", "show help for a command")
    .addHelpText(
      "after",
      "\nBegin with: pipeline run build-dataset\nExit codes: 0 done, 1 failed, 2 a mistake in usage or " +
        "configuration, 75 a budget is used up, 130 interrupted.",
    );
  for (const { name, summary, load } of commands) {
    const command = program
      .command(name)
      .summary(summary)
      .description(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`)
      .helpOption("-h, --help", "show help");
    if (isWanted(name)) {
      const { default: define } = await load();
      (await define(command, argumentsOf(name, args))).option("--debug", "show stack traces");
    }
  }
  eachCommand(program, (command) =>
    command
      .exitOverride()
      .showSuggestionAfterError()
      .showHelpAfterError(`Run "${nameOf(command)} --help" for what it takes.`),
  );
  return program;
}

function eachCommand(command: Command, visit: (command: Command) => void): void {
  visit(command);
  for (const child of command.commands) eachCommand(child, visit);
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as { version: string };
  return version;
}
