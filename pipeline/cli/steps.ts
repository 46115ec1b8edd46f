import type { Pipeline, Step } from "../engine/config/pipeline.js";
import { findReferences } from "../engine/config/references.js";
import { inputKinds } from "../contract/stage.js";

/** The steps that ask models for examples of what they read, in order: their option `model` says whom. */
export function askingSteps<S extends Pick<Step, "stage" | "options">>({
  steps,
}: {
  readonly steps: readonly S[];
}): S[] {
  return steps.filter(
    ({ stage, options }) =>
      stage.writes.name === "Example" &&
      ![undefined, "Example"].includes(mainInput(stage)) &&
      findReferences(stage.options, options).some(({ type, path }) => type === "model" && path[0] === "model"),
  );
}

/** Whom a step asks: names of the pipeline file, or references. */
export function askedModels({ options }: Pick<Step, "options">): string[] {
  return [options["model"]].flat().filter((model) => typeof model === "string");
}

/** Whether a step runs the tests of the examples that come to it, and passes on those that hold. */
export function isVerifying({ stage }: Pick<Step, "stage">): boolean {
  return mainInput(stage) === "Example" && stage.writes.name === "Example" && stage.needs?.includes("sandbox") === true;
}

/** Ids of the steps whose examples test files are written from. */
export function writtenFrom({ steps }: Pick<Pipeline, "steps">): string[] {
  return steps.flatMap(({ stage, from }) => {
    const [first = []] = from.values();
    return stage.writes.name === "Artifact" && mainInput(stage) === "Example" ? first : [];
  });
}

/** Kind of the records that a stage works through; undefined where it reads none. */
function mainInput(stage: Step["stage"]): string | undefined {
  const [kind] = inputKinds(stage).values();
  return kind?.name;
}
