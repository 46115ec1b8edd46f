import type { CheckerTool } from "../../../pipeline/contract/checker.js";
import type { Checker } from "./checker.js";

/** A checker with its tool as it is installed here. */
export interface Installed {
  readonly checker: Checker;
  readonly tool: CheckerTool;
}
