import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makePath } from "../../system/files/make-path.js";

const ignoreAll = "# Working state of pipeline, made again where it is missing.\n*\n";

/**
 * Makes the state folder where it is missing. Git never shows what is in it: the folder says so itself, whatever the
 * repository ignores.
 */
export function makeStateDir(stateDir: string): void {
  makePath(
    stateDir,
    "the folder that runs are kept in,",
    "go to a folder that you may write to: what a run leaves is put below the folder that it is started in",
  );
  try {
    writeFileSync(join(stateDir, ".gitignore"), ignoreAll, { flag: "wx" });
  } catch (error) {
    // The user's own, if they have changed it.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
