import { defaultCacheDir } from "../../system/paths.js";
import { training } from "../../toolkit.js";
import { type Check, type Finding, orElse } from "./finding.js";

/** What trains a student: the trainer that ships, and the tools that another environment may hold. */
export const trainingChecks: readonly Check[] = [
  { name: "peft", look: lookForPeft },
  ...(["unsloth", "axolotl", "mlx"] as const).map((name) => ({
    name,
    look: () => orElse("absent", () => lookForTool(name), "see finetuning/README.md"),
  })),
];

async function lookForPeft(): Promise<Finding> {
  return (await training.hasPackages(defaultCacheDir()))
    ? { status: "ok", found: "PyTorch, transformers and PEFT are in the cache" }
    : {
        status: "absent",
        found: "PyTorch, transformers and PEFT are not here yet: 5.6 GB",
        fix: "nothing: the first pipeline that trains installs them",
      };
}

async function lookForTool(name: "unsloth" | "axolotl" | "mlx"): Promise<Finding> {
  const tool = await training.trainers[name].tool();
  return { status: "ok", found: tool === null ? "comes with this toolkit" : `${tool.name} ${tool.version}` };
}
