import type { Check } from "./finding.js";
import { orElse } from "./finding.js";
import { countProcessors, measureDisk, measureMemory } from "./machine.js";
import { judgeNode, judgeTypeScript } from "./node.js";
import { lookForCheckers } from "./checkers.js";
import { lookForGit, lookForPip, lookForPython } from "./programs.js";
import { lookForInference, lookForModels, lookForSandbox, tellSystems } from "./services.js";
import { trainingChecks } from "./training.js";

/** All of them, in the order in which they are told: what every pipeline needs, then what some can use. */
export const checks: readonly Check[] = [
  { name: "node", look: async () => judgeNode(process.versions.node) },
  {
    name: "python",
    look: () => orElse("problem", lookForPython, "install Python 3.10 or newer: apt install python3 python3-pip"),
  },
  {
    name: "pip",
    look: (signal) =>
      orElse("problem", () => lookForPip(signal), "install pip: apt install python3-pip, or python3 -m ensurepip"),
  },
  { name: "sandbox", look: (signal) => orElse("problem", () => lookForSandbox(signal), "see above") },
  { name: "systems", look: async () => tellSystems() },
  {
    name: "inference",
    look: (signal) =>
      orElse("warning", () => lookForInference(signal), "only stages that ask no model run here until it is mended"),
  },
  { name: "models", look: lookForModels },
  { name: "processor", look: async () => countProcessors() },
  { name: "memory", look: async () => measureMemory() },
  {
    name: "disk",
    look: () =>
      orElse("problem", measureDisk, "make the cache folder writable, or name another one: PIPELINE_CACHE=/path"),
  },
  {
    name: "git",
    look: (signal) =>
      orElse("absent", () => lookForGit(signal), "install git (git: sources and convert need it): apt install git"),
  },
  { name: "checkers", look: lookForCheckers },
  { name: "typescript", look: async () => judgeTypeScript(process.versions.node) },
  ...trainingChecks,
];
