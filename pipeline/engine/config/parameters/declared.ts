import { type Location, PipelineError } from "../../../system/errors.js";
import { valueAt } from "../issues.js";
import type { LocatedYaml, Path } from "../located.js";
import { engineOptions } from "../misplaced.js";
import type { Mistakes } from "../mistakes.js";
import { Limit, ModelSchema } from "../schema.js";
import { suggestion } from "../../../system/suggest.js";
import type { WiredStep } from "../wiring.js";
import type { Parameter, ParameterTarget } from "./parameter.js";
import { optionDefault, type OptionType, optionType, plain } from "./option-type.js";
import { ParametersSchema, type RawParameter } from "./schema.js";

interface Declaration {
  /** Where they are declared. */
  readonly yaml: LocatedYaml;
  /** What the file with the steps says. */
  readonly values: unknown;
  readonly steps: readonly WiredStep[];
  readonly models: readonly string[];
  /** Where mistakes go; null: what does not fit is left out, since another file declares it. */
  readonly mistakes: Mistakes | null;
}

/**
 * The parameters that a file declares, with what they set in these steps. What is no declaration at all is for the
 * check of the file as a whole to tell.
 */
export async function declaredParameters(declaration: Declaration): Promise<Parameter[]> {
  const { data } = ParametersSchema.safeParse((declaration.yaml.value as { parameters?: unknown } | null)?.parameters);
  const found: Parameter[] = [];
  for (const [name, declared] of Object.entries(data ?? {})) {
    const parameter = await parameterOf(name, declared, declaration);
    if (parameter !== null) found.push(parameter);
  }
  return found;
}

async function parameterOf(name: string, declared: RawParameter, declaration: Declaration): Promise<Parameter | null> {
  const { mistakes, yaml } = declaration;
  const path: Path = ["parameters", name];
  const attempt = async <T>(work: () => T): Promise<T | undefined> => {
    if (mistakes !== null) return await mistakes.try(work);
    try {
      return work();
    } catch (error) {
      if (error instanceof PipelineError) return undefined;
      throw error;
    }
  };
  const written = writtenTargets(declared, path);
  const targets = (await Promise.all(written.map((each) => attempt(() => targetsOf(each, declaration))))).flatMap(
    (each) => each ?? [],
  );
  const once = targets.filter(
    ({ place }, index) => targets.findIndex((other) => other.place.join("\0") === place.join("\0")) === index,
  );
  const steps = new Map<string, readonly string[]>();
  for (const [word, ids, at] of writtenSteps(declared, path)) {
    const there = await attempt(() => expectSteps(ids, at, declaration));
    if (there !== undefined && there.length > 0) steps.set(word, there);
  }
  const location = yaml.locateKey(path);
  const type = await attempt(() => commonType(once, steps, declared, location));
  if (type === undefined || (once.length === 0 && steps.size === 0)) return null;
  return {
    name,
    declared,
    type,
    targets: once.map(({ type: { isList }, ...target }) => ({ ...target, isList })),
    steps,
    unlessTold: valueUnlessTold(once, declaration),
    location,
  };
}

/** What the file says of the first option that takes the value as it is, or else that option's default. */
function valueUnlessTold(targets: readonly TypedTarget[], { values, steps }: Declaration): unknown {
  const target = targets.find((each) => each.values === null);
  const [head, index, , ...inner] = target?.place ?? [];
  const written = valueAt(values, target?.place ?? []);
  if (written !== undefined || head !== "steps") return written;
  const schema = steps[Number(index)]?.stage?.options;
  return schema === undefined ? undefined : optionDefault(schema, inner.map(String));
}

interface WrittenTarget {
  readonly text: string;
  /** Where it is written. */
  readonly at: Path;
  readonly isKey: boolean;
  readonly values: Readonly<Record<string, unknown>> | null;
}

function writtenTargets({ sets, divides }: RawParameter, path: Path): WrittenTarget[] {
  const key = sets === undefined ? "divides" : "sets";
  const written = sets ?? divides ?? [];
  if (typeof written === "object" && !Array.isArray(written))
    return Object.entries(written).map(([text, values]) => ({ text, values, at: [...path, key, text], isKey: true }));
  return [written].flat().map((text, index) => ({
    text,
    values: null,
    at: [...path, key, ...(Array.isArray(written) ? [index] : [])],
    isKey: false,
  }));
}

type TypedTarget = Omit<ParameterTarget, "isList"> & { readonly type: OptionType };

function targetsOf(
  { text, at, isKey, values }: WrittenTarget,
  { yaml, steps, models }: Omit<Declaration, "mistakes">,
): TypedTarget[] {
  const fail = (message: string, hint: string): never => {
    const locations = [isKey ? yaml.locateKey(at) : yaml.locate(at)];
    throw new PipelineError(message, { code: "config", hint, locations });
  };
  const typed = (target: Omit<TypedTarget, "type" | "values">, found: ReturnType<typeof optionType>, what: string) =>
    "unknown" in found
      ? fail(`${what} has no option "${found.unknown}"`, suggestion(found.unknown, found.known, "It takes:"))
      : { ...target, values, type: found };
  if (text === "seed") return [{ place: ["seed"], step: null, values, type: plain("integer") }];
  const [head = "", ...inner] = text.split(".");
  if (head === "models") {
    const [model = "", ...rest] = inner;
    if (!models.includes(model)) fail(`no model "${model}" in this file`, suggestion(model, models, "Its models are:"));
    const type =
      rest[0] === "source" ? { ...plain("text"), reference: "model" as const } : optionType(ModelSchema, rest);
    return [typed({ place: ["models", model, ...rest], step: null }, type, `the model "${model}"`)];
  }
  const [, stage] = /^stage:(.+)$/u.exec(head) ?? [];
  const found = steps.flatMap((step, index) =>
    (stage === undefined ? step.id === head : step.stage?.name === stage) ? [{ ...step, index }] : [],
  );
  if (found.length === 0 && stage === undefined)
    fail(
      `no step "${head}" in this file`,
      suggestion(
        head,
        steps.map(({ id }) => id),
        "Its steps are:",
      ),
    );
  return found.flatMap(({ id, index, stage: own }) => {
    // A step without a stage is a mistake by itself.
    if (own === undefined) return [];
    // `limit` is an option of every step.
    const type = inner.join(".") === "limit" ? optionType(Limit, []) : withLimit(optionType(own.options, inner), inner);
    return [typed({ place: ["steps", index, "with", ...inner], step: id }, type, `stage "${own.name}"`)];
  });
}

function withLimit(found: ReturnType<typeof optionType>, { length }: readonly string[]): ReturnType<typeof optionType> {
  return "unknown" in found && length === 1 ? { ...found, known: [...found.known, ...engineOptions] } : found;
}

function writtenSteps({ steps }: RawParameter, path: Path): [word: string, ids: readonly string[], at: Path][] {
  if (steps === undefined) return [];
  if (Array.isArray(steps)) return [["", steps, [...path, "steps"]]];
  return Object.entries(steps).map(([word, ids]) => [word, ids, [...path, "steps", word]]);
}

/** Those that the file has; of a file that declares them itself, every one has to be there. */
function expectSteps(ids: readonly string[], at: Path, { yaml, steps, mistakes }: Declaration): string[] {
  const known = steps.map(({ id }) => id);
  const missing = ids.findIndex((id) => !known.includes(id));
  if (missing === -1 || mistakes === null) return ids.filter((id) => known.includes(id));
  const name = ids[missing] ?? "";
  throw new PipelineError(`no step "${name}" in this file`, {
    code: "config",
    hint: suggestion(name, known, "Its steps are:"),
    locations: [yaml.locate([...at, missing])],
  });
}

/** The one type of all that a parameter sets. Throws a PipelineError where they have none in common. */
function commonType(
  targets: readonly TypedTarget[],
  steps: ReadonlyMap<string, unknown>,
  { divides }: RawParameter,
  location: Location,
): OptionType {
  const types = [
    ...targets.map(({ values, type }) => (values === null ? type : typeOfWords(Object.keys(values)))),
    ...(steps.size === 0
      ? []
      : [steps.has("") ? plain("boolean") : { ...typeOfWords([...steps.keys()]), isList: true }]),
  ];
  const [first = plain("value"), ...others] = types;
  const other = others.find(({ kind }) => kind !== first.kind);
  if (other !== undefined)
    throw new PipelineError(
      `the options that this parameter sets take different things: ${first.kind} and ${other.kind}`,
      {
        code: "config",
        hint: "declare a parameter for each, or say what each value means: sets: { STEP.option: { VALUE: ... } }",
        locations: [location],
      },
    );
  return {
    ...first,
    // A single value fits a list, too.
    isList: divides !== undefined || types.every(({ isList }) => isList),
    choices: first.choices.filter((choice) => types.every(({ choices }) => choices.includes(choice))),
  };
}

function typeOfWords(words: readonly string[]): OptionType {
  return words.every((word) => word === "true" || word === "false")
    ? plain("boolean")
    : { ...plain("choice"), choices: words };
}
