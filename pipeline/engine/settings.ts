import { parse } from "yaml";
import { PipelineError } from "../errors.js";
import type { Origin } from "./pipeline.js";

/** A value that was set beside the pipeline file: `--set generate.limit=100`, or the same in PIPELINE_SET. */
export interface Setting {
  /** ["generate", "limit"], ["seed"] or ["models", "teacher", "source"]. */
  readonly path: readonly string[];
  readonly value: unknown;
  readonly from: Exclude<Origin["from"], "default" | "file">;
  /** As written, for errors. */
  readonly text: string;
}

/** All settings, weakest first: the environment, then the command line. */
export function readSettings(commandLine: readonly string[], environment: string | undefined): Setting[] {
  const fromEnvironment = (environment ?? "").split(/[\n;]/u).map((text) => text.trim()).filter((text) => text !== "");
  return [
    ...fromEnvironment.map((text) => parseSetting(text, "environment")),
    ...commandLine.map((text) => parseSetting(text, "command line")),
  ];
}

function parseSetting(text: string, from: Setting["from"]): Setting {
  const equals = text.indexOf("=");
  const path = text.slice(0, equals).trim().split(".");
  if (equals < 1 || path.some((part) => part === "")) {
    throw new PipelineError(`cannot read the setting "${text}"`, { code: "usage", hint: "write STEP.option=value, seed=value or models.NAME.source=value" });
  }
  try {
    return { path, value: parse(text.slice(equals + 1)) as unknown, from, text };
  } catch {
    throw new PipelineError(`the value of the setting "${text}" is no YAML`, { code: "usage", hint: "quote it: --set 'step.option=\"value\"'" });
  }
}
