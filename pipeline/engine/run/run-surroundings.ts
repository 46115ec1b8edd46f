import type { Emit } from "../../contract/events.js";
import type { RunOptions } from "../config/options.js";
import type { Session } from "../plan/session.js";
import type { Steering } from "./steering.js";

/** What all parts of a run share. */
export interface RunSurroundings {
  /** Id of the run. */
  readonly run: string;
  readonly session: Session;
  readonly options: RunOptions & Required<Pick<RunOptions, "signal">>;
  readonly emit: Emit;
  readonly steering: Steering;
}
