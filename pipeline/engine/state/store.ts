import { join } from "node:path";
import Database from "libsql";
import { damagedState, isDamage } from "../../system/errors.js";
import { hashValue } from "../../system/hash.js";
import { Claims } from "./claims.js";
import type { Memo } from "../../contract/service.js";
import { SingleFlight } from "../../system/single-flight.js";
import type { Counts } from "../../partition/receipt.js";
import { makeStateDir } from "./state-dir.js";

/** A run as `pipeline status` shows it. Times are ISO 8601. */
export interface RunRow {
  readonly run: string;
  readonly pipeline: string;
  readonly file: string;
  readonly status: "running" | "done" | "failed" | "interrupted";
  readonly started: string;
  readonly finished: string | null;
  /** The command line that goes on with it; null where a program started it. */
  readonly command: string | null;
  readonly error: string | null;
}

/** What a run noted of one of its steps. */
export interface StepRow extends Counts {
  readonly step: string;
  readonly fingerprint: string;
  readonly cached: 0 | 1;
  readonly seconds: number;
}

/** `.pipeline/state.db`: runs, the memo, and hashes of large files. What steps put out is in files, not here. */
export class Store {
  readonly #database: Database.Database;
  readonly #flights = new SingleFlight();

  private constructor(database: Database.Database) {
    this.#database = database;
  }

  /** @param stateDir the project's `.pipeline` folder; made where it is missing */
  static open(stateDir: string): Store {
    makeStateDir(stateDir);
    const path = join(stateDir, "state.db");
    const database = new Database(path, { timeout: 5000 });
    try {
      database.exec(schema);
      addCommands(database);
    } catch (error) {
      database.close();
      throw isDamage(error) ? damagedState(path, error) : error;
    }
    return new Store(database);
  }

  /** Runs, newest first. */
  runs(limit = 20): RunRow[] {
    return this.#database
      .prepare("SELECT * FROM runs ORDER BY started DESC, rowid DESC LIMIT ?")
      .all(limit) as RunRow[];
  }

  steps(run: string): StepRow[] {
    const rows = this.#database
      .prepare("SELECT step, fingerprint, cached, seconds, counts FROM run_steps WHERE run = ? ORDER BY rowid")
      .all(run) as (Omit<StepRow, keyof Counts> & { counts: string })[];
    return rows.map(({ counts, ...row }) => ({ ...row, ...(JSON.parse(counts) as Counts) }));
  }

  /** Fingerprints that a step has finished with, or was found finished with, in runs of a pipeline. */
  fingerprintsOf(pipeline: string, step: string): ReadonlySet<string> {
    const rows = this.#database
      .prepare("SELECT DISTINCT fingerprint FROM run_steps JOIN runs USING (run) WHERE pipeline = ? AND step = ?")
      .all(pipeline, step) as { fingerprint: string }[];
    return new Set(rows.map(({ fingerprint }) => fingerprint));
  }

  startRun(row: Pick<RunRow, "run" | "pipeline" | "file" | "started" | "command">): void {
    // Only the holder of the lock comes here: a run that still says "running" was killed.
    this.#database.exec("UPDATE runs SET status = 'interrupted' WHERE status = 'running'");
    this.#database
      .prepare("INSERT INTO runs (run, pipeline, file, status, started, command) VALUES (?, ?, ?, 'running', ?, ?)")
      .run(row.run, row.pipeline, row.file, row.started, row.command);
  }

  finishStep(
    run: string,
    {
      step,
      fingerprint,
      cached,
      seconds,
      counts,
    }: { step: string; fingerprint: string; cached: boolean; seconds: number; counts: Counts },
  ): void {
    this.#database
      .prepare("INSERT OR REPLACE INTO run_steps VALUES (?, ?, ?, ?, ?, ?)")
      .run(run, step, fingerprint, cached ? 1 : 0, seconds, JSON.stringify(counts));
  }

  finishRun(run: string, status: RunRow["status"], finished: string, error: string | null): void {
    this.#database
      .prepare("UPDATE runs SET status = ?, finished = ?, error = ? WHERE run = ?")
      .run(status, finished, error, run);
  }

  recall(key: unknown): { readonly value: unknown } | null {
    return this.#recallHash(hashValue(key));
  }

  keep(key: unknown, value: unknown): void {
    this.#database
      .prepare("INSERT OR REPLACE INTO memo VALUES (?, ?)")
      .run(hashValue(key), JSON.stringify(value ?? null));
  }

  /** What partitions are computing of what they remember. */
  readonly claims = new Claims();

  /** Results of costly work by key; askers of one key share one computation, and each may leave it alone. */
  readonly memo: Memo = {
    remember: async <T>(key: unknown, compute: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal) => {
      const hash = hashValue(key);
      const known = this.#recallHash(hash);
      if (known !== null) return { value: known.value as T, remembered: true };
      const { value, shared } = await this.#flights.ask(
        hash,
        async (stop) => {
          const computed = await compute(stop);
          this.keep(key, computed);
          return computed;
        },
        signal,
      );
      return { value, remembered: shared };
    },
  };

  /** Entries in the memo. */
  memoSize(): number {
    return (this.#database.prepare("SELECT count(*) AS entries FROM memo").get() as { entries: number }).entries;
  }

  fileHash(path: string, { inode, size, modified }: FileStamp): string | undefined {
    const row = this.#database
      .prepare("SELECT sha256 FROM file_hashes WHERE path = ? AND inode = ? AND size = ? AND modified = ?")
      .get(path, inode, size, modified) as { sha256: string } | undefined;
    return row?.sha256;
  }

  keepFileHash(path: string, { inode, size, modified }: FileStamp, sha256: string): void {
    this.#database
      .prepare("INSERT OR REPLACE INTO file_hashes VALUES (?, ?, ?, ?, ?)")
      .run(path, inode, size, modified, sha256);
  }

  close(): void {
    this.#database.close();
  }

  #recallHash(hash: string): { readonly value: unknown } | null {
    const row = this.#database.prepare("SELECT value FROM memo WHERE key = ?").get(hash) as
      | { value: string }
      | undefined;
    return row === undefined ? null : { value: JSON.parse(row.value) as unknown };
  }
}

/** Runs of earlier versions did not know the command that started them. */
function addCommands(database: Database.Database): void {
  const columns = database.prepare("SELECT name FROM pragma_table_info('runs')").all() as { name: string }[];
  if (!columns.some(({ name }) => name === "command")) database.exec("ALTER TABLE runs ADD COLUMN command TEXT");
}

interface FileStamp {
  readonly inode: number;
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modified: number;
}

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS runs (
    run TEXT PRIMARY KEY, pipeline TEXT NOT NULL, file TEXT NOT NULL, status TEXT NOT NULL,
    started TEXT NOT NULL, finished TEXT, error TEXT);
  CREATE TABLE IF NOT EXISTS run_steps (
    run TEXT NOT NULL, step TEXT NOT NULL, fingerprint TEXT NOT NULL, cached INTEGER NOT NULL, seconds REAL NOT NULL,
    counts TEXT NOT NULL, PRIMARY KEY (run, step));
  CREATE TABLE IF NOT EXISTS memo (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS file_hashes (
    path TEXT PRIMARY KEY, inode INTEGER NOT NULL, size INTEGER NOT NULL, modified REAL NOT NULL,
    sha256 TEXT NOT NULL) WITHOUT ROWID;
`;
