import { Command, InvalidArgumentError, Option } from "commander";
import type { Parameter } from "../engine/config/parameters/parameter.js";
import type { GivenParameter } from "../engine/config/parameters/given.js";
import { parameterValue, readParameters } from "../parameters.js";
import { PipelineError } from "../system/errors.js";
import { parseYaml } from "../system/yaml-file.js";

/** What a command line says of the parameters of its pipeline file. */
export interface ParametersOfCommand {
  /** The values, once the command line was read; paths begin at the working folder. */
  given(): Promise<GivenParameter[]>;
  /** The same as words of a command line. */
  words(): string[];
}

/** Where to see the options that a file declares, for the help of a command whose file is not named yet. */
export const parametersHelp =
  "\nA pipeline file declares options of its own; they stand behind its name. See those of a file: " +
  "pipeline run FILE --help";

/** Above the parameters, in help. */
export const declaredHeading = "Options that the pipeline file declares:";

/** What a command of its own knows of pipeline files. */
interface Surroundings {
  /** Name of the pipeline that ships whose parameters a file has that declares none. */
  readonly lender?: string;
  /** The pipeline where the arguments name none. */
  readonly otherwise?: string;
  /** Parameters that the command gives a value of its own. */
  readonly own?: readonly string[];
}

/**
 * Makes the parameters of the pipeline file that the arguments name options of a command. Of a file that cannot be read
 * nothing is known: whatever is given is left to the command, whose reading of the file tells what is wrong with it.
 * @param args what stands behind the command's name
 */
export async function withFileParameters(
  command: Command,
  args: readonly string[],
  { lender, otherwise, own = [] }: Surroundings = {},
): Promise<ParametersOfCommand> {
  const { words } = probe(command, args);
  for (const file of [...words.filter(mayBeFile), ...(otherwise === undefined ? [] : [otherwise])]) {
    const found = await readParameters({ file, cwd: process.cwd(), ...(lender !== undefined && { lender }) });
    if (found === null) continue;
    const parameters = found.filter(({ name }) => !own.includes(name));
    return addParameters(command, [{ heading: declaredHeading, parameters }]);
  }
  if (words.some(mayBeFile)) command.allowUnknownOption().allowExcessArguments();
  return addParameters(command, []);
}

/** Among words stand values of options that are not known yet: sources and models, which may be large. */
function mayBeFile(word: string): boolean {
  return /^[\w.-]+$/u.test(word) ? !/\.(?:gguf|whl|zip)$/u.test(word) : /\.ya?ml$/u.test(word);
}

/**
 * What can be told of arguments before all options are known: values of those that are, and words that are no option.
 */
export function probe(
  { options }: Command,
  args: readonly string[],
): { readonly options: Readonly<Record<string, unknown>>; readonly words: readonly string[] } {
  const [probing, known] = [args.filter((word) => !["-h", "--help", "--debug"].includes(word)), new Set<string>()];
  // Not the command itself: reading the arguments twice would give them twice.
  const command = options.reduce(
    (all, option) => all.addOption(option),
    new Command().exitOverride().configureOutput({ writeErr: () => undefined }),
  );
  try {
    const { operands, unknown } = command.parseOptions(probing);
    for (const word of [...operands, ...unknown]) if (!word.startsWith("-")) known.add(word);
  } catch {
    // A mistaken value is told where the arguments are read for good.
  }
  return { options: command.opts(), words: [...known] };
}

/** Parameters as help shows them. */
export interface ParameterGroup {
  readonly heading: string;
  readonly parameters: readonly Parameter[];
}

/** Makes parameters options of a command. Throws a PipelineError (config) where it has one of that name already. */
export function addParameters(command: Command, groups: readonly ParameterGroup[]): ParametersOfCommand {
  const declared = groups.flatMap(({ heading, parameters }) =>
    parameters.map((parameter) => ({ parameter, options: optionsFor(parameter), heading })),
  );
  for (const { parameter, options, heading } of declared) {
    for (const option of options) {
      if (command.options.some(({ long }) => long === option.long)) throw taken(command, parameter, option);
      command.addOption(option.helpGroup(heading));
    }
  }
  const raw = () =>
    declared.flatMap(({ parameter, options: [option] }) => {
      const name = option?.attributeName() ?? "";
      return command.getOptionValueSource(name) === "cli"
        ? [{ parameter, value: command.getOptionValue(name) as Raw }]
        : [];
    });
  return {
    given: async () =>
      await Promise.all(
        raw().map(async ({ parameter, value }) => ({
          name: parameter.name,
          value: await valueOf(value, parameter),
          text: wordsFor(parameter, value).join(" "),
        })),
      ),
    words: () => raw().flatMap(({ parameter, value }) => wordsFor(parameter, value)),
  };
}

/** As it was written: every text of a parameter, or whether a flag is set. */
type Raw = readonly string[] | boolean;

function wordsFor({ name }: Parameter, value: Raw): string[] {
  if (typeof value === "boolean") return [value ? `--${name}` : `--no-${name}`];
  return value.flatMap((text) => [`--${name}`, text]);
}

/** Two for what can be switched on and off, else one. */
function optionsFor(parameter: Parameter): Option[] {
  const { name, type, steps, targets } = parameter;
  const description = descriptionOf(parameter);
  if (type.kind === "boolean") {
    const sets = (value: string) =>
      targets.some(({ values }) => values === null || Object.hasOwn(values, value)) ||
      (value === "false" && steps.size > 0);
    // Steps that can be left out are there unless told.
    const [on, off] = [sets("true") && steps.size === 0, sets("false")];
    const own = [
      ...(on ? [new Option(`--${name}`, description)] : []),
      ...(off ? [new Option(`--no-${name}`, description)] : []),
    ];
    return own.map((option, index) => (index === 0 ? option : option.hideHelp()));
  }
  const option = new Option(`--${name} <${valueName(parameter)}>`, description).argParser((text, before: unknown) => [
    ...(type.isList && Array.isArray(before) ? (before as string[]) : []),
    expectReadable(text, parameter),
  ]);
  return [option];
}

function valueName({ name, type: { kind, reference, choices, isList }, declared }: Parameter): string {
  if (declared.divides !== undefined || (isList && choices.length > 0)) return name;
  if (choices.length > 0) return choices.join("|");
  if (reference !== null)
    return { model: "model", source: "source", file: "file", prompt: "file", yaml: "file" }[reference];
  return kind === "integer" || kind === "number" ? "number" : kind;
}

/** With what holds where it is not given. */
function descriptionOf(parameter: Parameter): string {
  const { unlessTold } = parameter;
  const isPlain = ["string", "number"].includes(typeof unlessTold);
  return `${textOf(parameter)}${isPlain ? ` (default: ${JSON.stringify(unlessTold)})` : ""}`;
}

function textOf({ name, type: { isList, choices }, declared: { help = name, sets, divides } }: Parameter): string {
  const targets = sets ?? divides ?? [];
  const written = typeof targets === "object" && !Array.isArray(targets) ? Object.keys(targets) : [targets].flat();
  const hasCommas = divides !== undefined || choices.length > 0;
  return [
    help,
    ...(isList
      ? [hasCommas ? `${choices.length > 0 ? choices.join(", ") : "several"}, with commas between` : "repeatable"]
      : []),
    ...(written.length > 0 ? [`sets ${written.join(", ")}`] : []),
  ].join("; ");
}

function expectReadable(text: string, { type: { kind, minimum, choices, isList } }: Parameter): string {
  if (kind === "integer" || kind === "number") {
    const value = text.trim() === "" ? NaN : Number(text);
    const isRight = kind === "integer" ? Number.isInteger(value) : Number.isFinite(value);
    if (!isRight || value < (minimum ?? -Infinity)) {
      const least = minimum === null ? "" : ` of at least ${minimum}`;
      throw new InvalidArgumentError(`expected ${kind === "integer" ? "a whole number" : "a number"}${least}`);
    }
  }
  if (kind === "choice" && !text.split(",").every((word) => choices.includes(word.trim())))
    throw new InvalidArgumentError(`expected ${choices.join(", ")}${isList ? `, or ${choices.join(",")}` : ""}`);
  return text;
}

async function valueOf(raw: Raw, parameter: Parameter): Promise<unknown> {
  if (typeof raw === "boolean") return raw;
  const {
    type: { kind, isList, choices },
    declared,
  } = parameter;
  const hasCommas = isList && (declared.divides !== undefined || choices.length > 0);
  const texts = hasCommas ? raw.flatMap((text) => text.split(",").map((word) => word.trim())) : raw;
  const values = texts.map((text) => {
    if (kind === "value") return parseYaml(text, text).value;
    return kind === "integer" || kind === "number" ? Number(text) : text;
  });
  return await parameterValue(isList ? values : values[0], parameter, process.cwd());
}

function taken(command: Command, { name, location }: Parameter, { long }: Option): PipelineError {
  return new PipelineError(`a parameter cannot be called "${name}" here: the command ${command.name()} has ${long}`, {
    code: "config",
    hint: "call it otherwise",
    locations: [location],
  });
}
