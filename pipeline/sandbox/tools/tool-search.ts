import type { ServiceContext } from "../../contract/service.js";

/** What a tool is looked for with. */
export interface ToolSearch {
  readonly purpose: "plan" | "run";
  /** A container has tools of its own, under the names that they have there. */
  readonly isContainer: boolean;
  readonly context: Pick<ServiceContext, "baseDir" | "cacheDir" | "signal">;
}
