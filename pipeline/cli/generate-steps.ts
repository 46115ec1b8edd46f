import type { Pipeline, Step } from "../engine/pipeline.js";
import { PipelineError } from "../errors.js";
import { without } from "./steps.js";

/** What gets tests of its own kind: functions and classes, or the routes of a web application. */
export const suites = ["unit", "e2e"] as const;

/** Only the steps that find targets of these kinds. */
export function withKinds(pipeline: Pipeline, kinds: readonly (typeof suites)[number][]): Pipeline {
  const finders = { unit: "extract", e2e: "routes" } as const;
  for (const kind of kinds) {
    if (pipeline.steps.some(({ id }) => id === finders[kind])) continue;
    throw new PipelineError(`${pipeline.file} finds no ${kind} targets: it has no step "${finders[kind]}"`, { code: "usage", hint: `add one, as config/generate.yaml of this program has, or leave ${kind} out of --kinds` });
  }
  const wanted = suites.filter((kind) => !kinds.includes(kind)).reduce((left, kind) => without(left, finders[kind]), pipeline);
  const isRead = wanted.steps.some(({ from }) => [...from.values()].flat().includes("project"));
  return isRead ? wanted : without(wanted, "project");
}

/** Steps that read what the step `verify` passes on read what comes into it. */
export function withoutVerification({ steps, ...rest }: Pipeline): Pipeline {
  const before = steps.find(({ id }) => id === "verify")?.from.get("") ?? [];
  const around = (step: Step): Step => ({ ...step, from: new Map([...step.from].map(([input, ids]) => [input, ids.flatMap((id) => (id === "verify" ? before : [id]))])) });
  return { ...rest, steps: steps.filter(({ id }) => id !== "verify").map(around) };
}
