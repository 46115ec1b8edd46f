import type { Pipeline, Step } from "../../engine/config/pipeline.js";
import { PipelineError } from "../../system/errors.js";
import { without } from "../steps.js";

/** What gets tests of its own kind: functions and classes, or the routes of a web application. */
export const suites = ["unit", "e2e"] as const;

/** Only the steps that find targets of these kinds. */
export function withKinds(pipeline: Pipeline, kinds: readonly (typeof suites)[number][]): Pipeline {
  const finders = { unit: "extract", e2e: "routes" } as const;
  for (const kind of kinds) {
    if (pipeline.steps.some(({ id }) => id === finders[kind])) continue;
    throw new PipelineError(`${pipeline.file} finds no ${kind} targets: it has no step "${finders[kind]}"`, {
      code: "usage",
      hint: `add one, as config/generate.yaml of this program has, or leave ${kind} out of --kinds`,
    });
  }
  const wanted = suites
    .filter((kind) => !kinds.includes(kind))
    .reduce((left, kind) => without(left, finders[kind]), pipeline);
  const isRead = wanted.steps.some(({ from }) => [...from.values()].flat().includes("project"));
  return isRead ? wanted : without(wanted, "project");
}

/** Without the steps that run tests: what reads what they pass on reads what comes into them. */
export function withoutVerification(pipeline: Pipeline): Pipeline {
  return ["verify", "record-values"].reduce(around, pipeline);
}

function around({ steps, ...rest }: Pipeline, gone: string): Pipeline {
  const before = steps.find(({ id }) => id === gone)?.from.get("") ?? [];
  const past = (step: Step): Step => ({
    ...step,
    from: new Map([...step.from].map(([input, ids]) => [input, ids.flatMap((id) => (id === gone ? before : [id]))])),
  });
  return { ...rest, steps: steps.filter(({ id }) => id !== gone).map(past) };
}
