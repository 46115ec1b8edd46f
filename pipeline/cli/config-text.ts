import { basename, relative } from "node:path";
import { fileURLToPath } from "node:url";
import stringWidth from "string-width";
import { Document, isScalar } from "yaml";
import type { Pipeline } from "../engine/config/pipeline.js";

/** A value of a pipeline and where it comes from. */
export interface ConfigValue {
  /** ["steps", 0, "with", "maxPerSource"] */
  readonly path: readonly (string | number)[];
  readonly value: unknown;
  /** default, a place in the pipeline file, or the setting as it was written. */
  readonly origin: string;
}

/** The pipeline as YAML with every default filled in; behind each value stands where it comes from. */
export function configText(pipeline: Pipeline): string {
  const document = new Document(wholeConfig(pipeline));
  const values = configValues(pipeline);
  for (const [number, { path }] of values.entries()) {
    const node = document.getIn(path, true);
    if (isScalar(node)) node.comment = `${mark}${number}`;
  }
  const lines = document
    .toString({ lineWidth: 0 })
    .trimEnd()
    .split("\n")
    .map((line) => line.split(` #${mark}`));
  const width = Math.max(...lines.map(([text = ""]) => stringWidth(text)).filter((each) => each <= widestAligned));
  return lines
    .map(([text = "", number]) =>
      number === undefined
        ? text
        : `${text}${" ".repeat(Math.max(0, width - stringWidth(text)))}  # ${values[Number(number)]?.origin ?? ""}`,
    )
    .join("\n");
}

/** Longer lines do not push the others' comments away. */
const widestAligned = 60;
/** Tells the comments of this program from whatever a value holds. */
const mark = "\u{e000}";

/** The values one by one. */
export function configValues(pipeline: Pipeline): ConfigValue[] {
  const walk = (value: unknown, path: ConfigValue["path"]): ConfigValue[] => {
    const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
    if (entries.length === 0) return [{ path, value, origin: originOf(pipeline, path) }];
    return entries.flatMap(([key, inner]) => walk(inner, [...path, Array.isArray(value) ? Number(key) : key]));
  };
  return walk(wholeConfig(pipeline), []);
}

function originOf({ origin }: Pipeline, path: ConfigValue["path"]): string {
  const { from, location, text } = origin(path);
  if (location !== undefined) return `${basename(location.file)}:${location.line}`;
  return text ?? from;
}

/** As a pipeline file would say it. */
function wholeConfig({
  name,
  seed,
  determinism,
  threads,
  testsFolder,
  models,
  parameters,
  steps,
  baseDir,
}: Pipeline): object {
  return {
    name,
    seed,
    determinism,
    ...((threads !== undefined || Object.keys(models).length > 0) && { hardware: { n_threads: threads ?? -1 } }),
    ...(testsFolder !== undefined && { output: { default_dir: testsFolder } }),
    models,
    ...(parameters.length > 0 && {
      parameters: Object.fromEntries(parameters.map((parameter) => [parameter.name, parameter.declared])),
    }),
    steps: steps.map(({ id, module, from, options, limit, output }) => ({
      id,
      stage: module.name ?? `./${relative(baseDir, fileURLToPath(module.url))}`,
      ...(from.size > 0 && {
        from: from.has("")
          ? oneOrList(from.get("") ?? [])
          : Object.fromEntries([...from].map(([input, ids]) => [input, oneOrList(ids)])),
      }),
      with: { ...options, ...(limit !== null && { limit }) },
      ...(output !== null && { output }),
    })),
  };
}

function oneOrList(ids: readonly string[]): string | readonly string[] {
  return ids.length === 1 ? (ids[0] ?? "") : ids;
}
