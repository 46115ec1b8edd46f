import type { Stage } from "../pipeline/stage.js";

/** Every stage that ships. Adding one is a file beside this one and a line here. */
export const stages: readonly Stage[] = [];
