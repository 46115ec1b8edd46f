import { PipelineError } from "../../system/errors.js";
import type { Path } from "./located.js";
import type { Origin } from "./origin.js";
import { suggestion } from "../../system/suggest.js";
import { parseYaml } from "../../system/yaml-file.js";

/** A value that was set beside the pipeline file: `--set generate.limit=100`, or the same in PIPELINE_SET. */
export interface Setting {
  /** ["generate", "limit"], ["seed"] or ["models", "teacher", "source"]. */
  readonly path: readonly string[];
  readonly value: unknown;
  readonly from: Exclude<Origin["from"], "default" | "file">;
  /** As written, for errors: `--set seed=1`. */
  readonly text: string;
}

/** A setting with its place in the pipeline file's value. */
export interface PlacedSetting extends Pick<Setting, "value" | "text"> {
  readonly place: Path;
  readonly origin: Origin;
}

/** Names that a setting can begin with. */
export interface Settable {
  readonly steps: readonly string[];
  readonly models: readonly string[];
  /** Values at the top of the file. */
  readonly values: readonly string[];
  /** Mappings at the top of the file. */
  readonly groups: readonly string[];
}

/** What PIPELINE_SET says: settings with line ends or semicolons between them. */
export function settingsOfEnvironment(environment = ""): Setting[] {
  return environment
    .split(/[\n;]/u)
    .map((text) => text.trim())
    .filter((text) => text !== "")
    .map((text) => parseSetting(text, "environment"));
}

/** What `--set` says. */
export function settingOfCommandLine(text: string): Setting {
  return parseSetting(text, "command line");
}

function parseSetting(written: string, from: Setting["from"]): Setting {
  const text = from === "environment" ? `PIPELINE_SET: ${written}` : `--set ${written}`;
  const equals = written.indexOf("=");
  const path = written.slice(0, equals).trim().split(".");
  if (equals < 1 || path.some((part) => part === "")) {
    throw new PipelineError(`cannot read the setting ${text}`, {
      code: "usage",
      hint: "write STEP.option=value, seed=value or models.NAME.source=value",
    });
  }
  try {
    return { path, value: parseYaml(written.slice(equals + 1), text).value, from, text };
  } catch {
    throw new PipelineError(`the value of the setting is no YAML: ${text}`, {
      code: "usage",
      hint: "quote it for the shell and for YAML: --set 'step.option=\"value\"'",
    });
  }
}

/** Where a setting belongs. Throws a PipelineError (usage) where it names nothing that is there. */
export function placeSetting(setting: Setting, { steps, models, values, groups }: Settable): PlacedSetting {
  const {
    path: [head = "", ...rest],
    text,
    value,
    from,
  } = setting;
  const at = (place: Path): PlacedSetting => ({ place, value, text, origin: { from, text } });
  const refuse = (message: string, hint: string): never => {
    throw new PipelineError(`${message}: ${text}`, { code: "usage", hint });
  };
  if (rest.length === 0) {
    if (values.includes(head)) return at([head]);
    return refuse(
      `a setting without a step names no value of the pipeline`,
      `${suggestion(head, values, "It can be:")} An option is named with its step: STEP.option=value.`,
    );
  }
  if (head === "models") {
    const [model = ""] = rest;
    if (models.includes(model)) return at(["models", ...rest]);
    return refuse(
      `no model "${model}" in this pipeline`,
      models.length === 0 ? "it has none under models:" : suggestion(model, models, "Its models are:"),
    );
  }
  const step = steps.indexOf(head);
  if (step === -1 && groups.includes(head)) return at([head, ...rest]);
  return step === -1
    ? refuse(`no step "${head}" in this pipeline`, suggestion(head, steps, "Its steps are:"))
    : at(["steps", step, "with", ...rest]);
}

/** A copy of a value with the setting's value in its place. */
export function applySetting(whole: unknown, { place, value, text }: PlacedSetting): unknown {
  const put = (container: unknown, [head, ...rest]: Path): unknown => {
    if (head === undefined) return value;
    if (Array.isArray(container)) {
      const index = Number(head);
      if (!Number.isInteger(index) || index < 0 || index > container.length) {
        throw new PipelineError(`a list has no item "${head}": ${text}`, {
          code: "usage",
          hint:
            `its items are 0 to ${container.length - 1}; ${container.length} adds one; or set the whole list: ` +
            `STEP.option=[a, b]`,
        });
      }
      return container.toSpliced(index, 1, put(container[index], rest));
    }
    const mapping = typeof container === "object" && container !== null ? (container as Record<string, unknown>) : {};
    return { ...mapping, [head]: put(mapping[head], rest) };
  };
  return put(whole, place);
}
