import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ignoreAll = "# Working state of pipeline, made again where it is missing.\n*\n";

/**
 * Makes the state folder where it is missing. Git never shows what is in it: the folder says so itself, whatever the
 * repository ignores.
 */
export function makeStateDir(stateDir: string): void {
  mkdirSync(stateDir, { recursive: true });
  try {
    writeFileSync(join(stateDir, ".gitignore"), ignoreAll, { flag: "wx" });
  } catch (error) {
    // The user's own, if they have changed it.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
