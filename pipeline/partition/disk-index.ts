import type { DiskIndex } from "../contract/stage.js";
import { SqliteTable } from "./sqlite-table.js";

/** Characters of keys and values that are kept in memory before all of them go to the disk. */
const most = 1 << 22;

/** A temporary table of texts: in memory while it is small, and on disk from then on, so that memory stays flat. */
export class TemporaryIndex implements DiskIndex {
  readonly #parent: string;
  #memory: Map<string, string> | null = new Map();
  #characters = 0;
  #table: SqliteTable | null = null;

  /** @param parent an existing folder to make the table in */
  constructor(parent: string) {
    this.#parent = parent;
  }

  get size(): number {
    return this.#memory?.size ?? this.#table?.size ?? 0;
  }

  get(key: string): string | undefined {
    return (this.#memory ?? this.#table)?.get(key);
  }

  set(key: string, value: string): void {
    (this.#room(key, value) ?? this.#table)?.set(key, value);
  }

  claim(key: string, value: string): string | undefined {
    const memory = this.#room(key, value);
    if (memory === null) return this.#table?.claim(key, value);
    const taken = memory.get(key);
    if (taken === undefined) memory.set(key, value);
    return taken;
  }

  *entries(): Generator<[string, string]> {
    if (this.#memory !== null) yield* inOrder(this.#memory);
    else if (this.#table !== null) yield* this.#table.entries();
  }

  close(): void {
    this.#table?.close();
    this.#memory = new Map();
    this.#table = null;
  }

  /** What is in memory, if a pair more has room there; what is there goes to the disk where it has not. */
  #room(key: string, value: string): Map<string, string> | null {
    if (this.#memory === null) return null;
    this.#characters += key.length + value.length;
    if (this.#characters <= most) return this.#memory;
    this.#table = new SqliteTable(this.#parent);
    for (const [known, text] of this.#memory) this.#table.set(known, text);
    this.#memory = null;
    return null;
  }
}

/** By the bytes of the keys, as SQLite has them. */
function inOrder(pairs: ReadonlyMap<string, string>): [string, string][] {
  return [...pairs]
    .map((pair) => ({ pair, bytes: Buffer.from(pair[0]) }))
    .toSorted((a, b) => Buffer.compare(a.bytes, b.bytes))
    .map(({ pair }) => pair);
}
