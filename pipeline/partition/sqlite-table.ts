import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type Database from "libsql";
import type { DiskIndex } from "../contract/stage.js";

/** A temporary SQLite table: nothing in it outlives the process that made it, so nothing is synced. */
export class SqliteTable implements DiskIndex {
  readonly #folder: string;
  readonly #database: Database.Database;
  readonly #get: Database.Statement;
  readonly #set: Database.Statement;
  readonly #claim: Database.Statement;

  /** @param parent an existing folder to make the table in */
  constructor(parent: string) {
    this.#folder = mkdtempSync(join(parent, "index-"));
    // Loaded with the first table: few partitions are so large that they need one.
    const Sqlite = createRequire(import.meta.url)("libsql") as typeof Database;
    this.#database = new Sqlite(join(this.#folder, "index.db"));
    this.#database.exec(
      "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = " +
        "-16384",
    );
    this.#database.exec("CREATE TABLE pairs (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID; BEGIN");
    this.#get = this.#database.prepare("SELECT value FROM pairs WHERE key = ?").raw(true);
    this.#set = this.#database.prepare(
      "INSERT INTO pairs VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    );
    this.#claim = this.#database.prepare("INSERT INTO pairs VALUES (?, ?) ON CONFLICT (key) DO NOTHING");
  }

  get size(): number {
    const [count] = this.#database.prepare("SELECT count(*) FROM pairs").raw(true).get() as [number];
    return count;
  }

  get(key: string): string | undefined {
    return (this.#get.get(key) as [string] | undefined)?.[0];
  }

  set(key: string, value: string): void {
    this.#set.run(key, value);
  }

  claim(key: string, value: string): string | undefined {
    return this.#claim.run(key, value).changes === 1 ? undefined : this.get(key);
  }

  *entries(): Generator<[string, string]> {
    yield* this.#database.prepare("SELECT key, value FROM pairs ORDER BY key").raw(true).iterate() as IterableIterator<
      [string, string]
    >;
  }

  close(): void {
    this.#database.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
