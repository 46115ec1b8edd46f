import type { Location } from "../../system/errors.js";

/** Where a value of a pipeline came from: what errors point at, and `pipeline config show` says. */
export interface Origin {
  readonly from: "default" | "file" | "environment" | "command line";
  /** Set where `from` is file. */
  readonly location?: Location;
  /** The setting as it was written, where it came from beside the file. */
  readonly text?: string;
}
