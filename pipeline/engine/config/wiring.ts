import { PipelineError } from "../../system/errors.js";
import type { AnyKind } from "../../contract/kind.js";
import { inputKinds, type Stage } from "../../contract/stage.js";
import type { ConfigSource } from "./issues.js";
import type { Path } from "./located.js";
import type { Step } from "./pipeline.js";
import type { RawStep } from "./schema.js";
import { suggestion } from "../../system/suggest.js";

/** A step as wiring sees it; its stage is undefined where that is a mistake by itself. */
export interface WiredStep {
  readonly id: string;
  readonly stage: Stage | undefined;
  readonly from: unknown;
}

interface Surroundings {
  readonly steps: readonly WiredStep[];
  /** Place of the step among them. */
  readonly index: number;
  readonly source: ConfigSource;
}

/**
 * Which steps each input of a stage reads from; one that may be left out, and is, is not among them. Throws a
 * PipelineError, at the user's own line, where they do not fit.
 */
export function wire(from: RawStep["from"], stage: Stage, surroundings: Surroundings): Step["from"] {
  const { steps, index, source } = surroundings;
  const path: Path = ["steps", index, "from"];
  const kinds = inputKinds(stage);
  const fail = (message: string, hint: string, at: Path = path): never => {
    throw new PipelineError(message, { code: "config", hint, locations: [source.yaml.locate(at)] });
  };
  const stagePath: Path = ["steps", index, "stage"];
  if (kinds.size === 0)
    return from === undefined ? new Map() : fail(`stage "${stage.name}" reads nothing`, "remove its from");

  const names = [...kinds.keys()];
  const [first = ""] = names;
  const isMapping = typeof from === "object" && !Array.isArray(from);
  const required = names.filter((name) => stage.optional?.includes(name) !== true);
  if (required.length > 1 && !isMapping) {
    fail(
      `stage "${stage.name}" reads ${required.length} inputs, and its from has to say which step gives each`,
      `write from: { ${required.map((name) => `${name}: STEP`).join(", ")} }`,
      from === undefined ? stagePath : path,
    );
  }
  if (first === "" && isMapping)
    fail(`stage "${stage.name}" reads one input, and its from has no names`, "write from: STEP, or from: [STEP, STEP]");
  if (from === undefined && index === 0)
    fail(
      `stage "${stage.name}" reads ${kinds.get(first)?.name ?? ""} records, and no step stands before it`,
      "begin with a stage that reads nothing, such as ingest",
      stagePath,
    );

  const wiring = isMapping ? from : { [first]: from ?? steps[index - 1]?.id ?? "" };
  for (const name of Object.keys(wiring)) {
    if (!kinds.has(name))
      fail(`stage "${stage.name}" has no input "${name}"`, suggestion(name, names, "Its inputs are:"), [...path, name]);
  }
  for (const name of required) {
    if (wiring[name] === undefined)
      fail(`input "${name}" of stage "${stage.name}" comes from no step`, `its inputs are: ${names.join(", ")}`);
  }
  return new Map(
    [...kinds].flatMap(([name, kind]) => {
      const { [name]: written } = wiring;
      if (written === undefined) return [];
      const ids = [written].flat();
      for (const [position, id] of ids.entries()) {
        const at =
          from === undefined
            ? stagePath
            : [...path, ...(isMapping ? [name] : []), ...(Array.isArray(written) ? [position] : [])];
        checkSource(id, { stage, kind, at }, surroundings);
      }
      return [[name, ids] as const];
    }),
  );
}

function checkSource(
  id: string,
  { stage, kind, at }: { stage: Stage; kind: AnyKind; at: Path },
  { steps, index, source }: Surroundings,
): void {
  const locations = [source.yaml.locate(at)];
  const before = steps.slice(0, index);
  const found = before.find((step) => step.id === id);
  if (found === undefined) {
    // Under what name a step without a stage would be known cannot be told.
    if (before.some((step) => step.stage === undefined)) return;
    const cycle = findCycle(id, steps[index]?.id ?? "", steps);
    // A circle is one mistake: it is shown at its first step.
    if (cycle?.some((member) => steps.findIndex((step) => step.id === member) < index) === true) return;
    const message =
      cycle !== undefined
        ? `these steps read from each other in a circle: ${cycle.join(" reads from ")}`
        : steps.some((step) => step.id === id)
          ? `step "${id}" stands after the step that reads from it`
          : `no step "${id}"`;
    const hint =
      cycle !== undefined || steps.some((step) => step.id === id)
        ? "a step reads from steps that stand above it"
        : suggestion(
            id,
            before.map((step) => step.id),
            "The steps before this one are:",
          );
    throw new PipelineError(message, { code: "config", hint, locations });
  }
  const comes = found.stage?.writes.name;
  if (comes !== undefined && comes !== kind.name) {
    const fitting = before.filter((step) => step.stage?.writes.name === kind.name).map((step) => step.id);
    throw new PipelineError(
      `stage "${stage.name}" reads ${kind.name} records, but step "${id}" puts out ${comes} records`,
      {
        code: "config",
        hint:
          fitting.length === 0
            ? `no step before it puts out ${kind.name} records`
            : `Steps before it that put out ${kind.name} records: ${fitting.join(", ")}.`,
        locations,
      },
    );
  }
}

/** The way from a step back to itself: [target, id, ..., target]; undefined where `id` does not lead to `target`. */
function findCycle(id: string, target: string, steps: readonly WiredStep[]): string[] | undefined {
  const visit = (current: string, way: readonly string[]): string[] | undefined => {
    if (current === target) return [...way, current];
    if (way.includes(current)) return undefined;
    const sources = namesIn(steps.find((step) => step.id === current)?.from);
    for (const next of sources) {
      const found = visit(next, [...way, current]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return visit(id, [target]);
}

/** The step names in a `from`, whatever its form. */
function namesIn(from: unknown): string[] {
  if (typeof from === "string") return [from];
  return typeof from === "object" && from !== null ? Object.values(from).flatMap(namesIn) : [];
}
