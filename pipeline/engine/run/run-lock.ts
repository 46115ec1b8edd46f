import { join } from "node:path";
import { isDamage, PipelineError } from "../../system/errors.js";
import { FileLock } from "../../system/files/lock.js";
import { makeStateDir } from "../state/state-dir.js";
import { Store } from "../state/store.js";

/** Milliseconds for which a look at the lock, which is over at once, may keep a run from having it. */
const patience = 250;

/**
 * The right to write in a project's `.pipeline`. The operating system takes it back when the process ends, however it
 * ends.
 */
export class RunLock {
  readonly #lock: FileLock;

  private constructor(lock: FileLock) {
    this.#lock = lock;
  }

  /** Throws a PipelineError "locked" with the id of the run that holds it. */
  static acquire(stateDir: string): RunLock {
    makeStateDir(stateDir);
    const lock = tryLock(stateDir);
    if (lock !== null) return new RunLock(lock);
    const store = Store.open(stateDir);
    const holder = store.runs().find(({ status }) => status === "running");
    store.close();
    throw new PipelineError(
      `another run is at work in ${stateDir}${holder === undefined ? "" : `: ${holder.run} (${holder.pipeline})`}`,
      {
        code: "locked",
        hint: "wait for it or stop it (see: pipeline status), or run in another folder",
      },
    );
  }

  /** Whether a run is at work: a run that the store calls running, and that holds no lock, was killed. */
  static isHeld(stateDir: string): boolean {
    const lock = tryLock(stateDir);
    lock?.release();
    return lock === null;
  }

  release(): void {
    this.#lock.release();
  }
}

function tryLock(stateDir: string): FileLock | null {
  const path = join(stateDir, "lock.db");
  try {
    return FileLock.tryAcquire(path, { patience });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (isDamage(error)) {
      throw new PipelineError(`the lock file ${path} is damaged: ${message}`, {
        code: "disk",
        hint: "see that no run is at work in this folder, and remove that file: it holds nothing",
        cause: error,
      });
    }
    throw new PipelineError(`cannot lock ${path}: ${message}`, {
      code: "disk",
      hint: "check the rights of the folder, and that its disk knows file locks",
      cause: error,
    });
  }
}
