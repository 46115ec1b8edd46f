import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import Database from "libsql";
import { interrupted, untilAborted } from "../abort.js";
import { uniqueName } from "./unique.js";

/**
 * A lock of the operating system on a file of its own, through SQLite's: it binds threads, processes, containers of one
 * kernel, and machines whose network folder knows locks. It goes when its process ends, however that ends. The file
 * stays, empty: who removed it would let two hold "the" lock.
 */
export class FileLock {
  readonly #database: Database.Database;

  private constructor(database: Database.Database) {
    this.#database = database;
  }

  /**
   * null where another holds it. Throws what SQLite throws where the file is no lock, or its folder takes none.
   *
   * @param patience milliseconds that the whole thread may wait for it
   */
  static tryAcquire(path: string, { patience = 0 } = {}): FileLock | null {
    const database = new Database(path, { timeout: patience });
    try {
      database.exec("BEGIN EXCLUSIVE");
      return new FileLock(database);
    } catch (error) {
      database.close();
      if (isBusy(error)) return null;
      throw error;
    }
  }

  /** Waits for as long as another holds it; `onWait` is called once, where it has to. */
  static async acquire(
    path: string,
    { signal, onWait }: { readonly signal?: AbortSignal | undefined; readonly onWait?: (() => void) | undefined } = {},
  ): Promise<FileLock> {
    for (let pause = 20; ; pause = Math.min(500, pause * 1.5)) {
      if (signal?.aborted === true) throw interrupted();
      const lock = FileLock.tryAcquire(path);
      if (lock !== null) return lock;
      if (pause === 20) onWait?.();
      await untilAborted(wait(pause), signal);
    }
  }

  release(): void {
    this.#database.exec("ROLLBACK");
    this.#database.close();
  }
}

/** The lock, waited for where another holds it; null where the folder takes no locks. */
export async function lockWherePossible(
  path: string,
  options: Parameters<typeof FileLock.acquire>[1] = {},
): Promise<FileLock | null> {
  try {
    const free = FileLock.tryAcquire(path);
    if (free !== null) return free;
  } catch {
    return null;
  }
  return (await canLock(dirname(path))) ? await FileLock.acquire(path, options) : null;
}

/** Whether files in a folder can be locked: some network folders refuse every lock, as if another held it. */
async function canLock(folder: string): Promise<boolean> {
  const path = join(folder, `${uniqueName()}.lock`);
  try {
    const lock = FileLock.tryAcquire(path);
    lock?.release();
    return lock !== null;
  } catch {
    return false;
  } finally {
    await Promise.all([rm(path, { force: true }), rm(`${path}-journal`, { force: true })]);
  }
}

/** Whether SQLite's error says that another holds the lock, and nothing else. */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && String((error as NodeJS.ErrnoException).code).startsWith("SQLITE_BUSY");
}
