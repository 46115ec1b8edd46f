import type { Context, Needed } from "../../../pipeline/contract/stage.js";

/** What checks need of the stage's context: the sandbox, what was found before, and a word to the user. */
export type InSandbox = Pick<Context, "remember" | "notice"> & Needed<"sandbox">;
