import { valueAt } from "../../engine/config/issues.js";
import type { GivenParameter } from "../../engine/config/parameters/given.js";
import type { Pipeline } from "../../engine/config/pipeline.js";
import { askedModels, askingSteps } from "../steps.js";
import type { Code } from "./code.js";

/** Parameters that the command gives a value of its own; a user names them in other ways. */
export const ownParameters = ["source", "include", "repair"];

/** Where the code comes from, and which files of it get tests. */
export function givenCode({ root, include }: Code): GivenParameter[] {
  return [
    { name: "source", value: [`folder:${root}`], text: `source ${root}` },
    { name: "include", value: include, text: `include ${include.join(" ")}` },
  ];
}

/** Who wrote the tests repairs them, where the file names no one, and is asked as the prompt file that ships says. */
export function givenRepair(pipeline: Pipeline, attempts: number): GivenParameter {
  const [writer] = askingSteps(pipeline).flatMap(askedModels);
  const target = pipeline.parameters.find(({ name }) => name === "repair")?.targets[0];
  const step = pipeline.steps.find(({ id }) => id === target?.step);
  // Its place begins at the top of the file: ["steps", 2, "with", ...].
  const written = valueAt(step?.options, target?.place.slice(3) ?? []);
  const value = { model: writer, prompt: "prompts/pytest.yaml", ...(written as object), attempts };
  return { name: "repair", value, text: `--repair ${attempts}` };
}
