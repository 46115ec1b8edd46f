import type { Source } from "../contract/kind.js";
import type { ServiceContext } from "../contract/service.js";
import type { Description } from "./description.js";
import type { Refusal } from "./files.js";

/** One source, known down to its content, and how to get at it. */
export interface PinnedSource extends Pick<Source, "ref" | "name" | "version"> {
  /** Hexadecimal hash of its content: of the wheel, the commit, the folder or the archive. */
  readonly hash: string;
  /** Whether the code is the user's own, whatever licence stands in it. */
  readonly own: boolean;
  /** Absolute path of the user's folder or file that it is; undefined where it comes from elsewhere. */
  readonly origin?: string;
  /** Writes its files into an empty folder, and answers what was left out. */
  fill(folder: string): Promise<readonly Refusal[]>;
  /** Reads what the files that `fill` wrote say of the source. */
  describe(folder: string): Promise<Description>;
}

/** What pinning and fetching need. */
export type SourceContext = Pick<ServiceContext, "lockfile" | "baseDir" | "cacheDir" | "emit" | "signal">;
