import { mkdir, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { stringify } from "yaml";
import { z } from "zod";
import { PipelineError } from "../../system/errors.js";
import { lockWherePossible } from "../../system/files/lock.js";
import { replaceFile } from "../../system/files/write-file.js";
import { sha256 } from "../../system/hash.js";
import type { Lockfile } from "../../contract/service.js";
import { readYamlFile } from "../../system/yaml-file.js";

const header = "# What moving references were resolved to. Commit it; `pipeline run --update` resolves again.\n";

interface LockfileOptions {
  /** Resolve each reference again, once. */
  readonly update: boolean;
  /**
   * The user's cache folder: the lock lies there under which the file is written, so that none lies among the user's
   * own files.
   */
  readonly cacheDir: string;
}

/**
 * Reads `pipeline.lock`, and writes it whenever a reference is pinned. Other processes may pin in the same file: what
 * they wrote meanwhile is kept, and where two resolve the same reference at once, the first to write decides for both.
 */
export async function openLockfile(path: string, { update, cacheDir }: LockfileOptions): Promise<Lockfile> {
  const entries = await readEntries(path);
  const pinning = new Map<string, Promise<unknown>>();
  const replaced = new Set<string>();
  let writing: Promise<unknown> = Promise.resolve();

  /** One after another in this process, and alone among processes. */
  async function write<T>(
    change: (entries: Map<string, unknown>) => { readonly value: T; readonly isChanged: boolean },
  ): Promise<T> {
    const work = async () =>
      await whileLocked(path, cacheDir, async () => {
        const others = await readEntries(path);
        const { value, isChanged } = change(others);
        const sorted = Object.fromEntries([...others].toSorted(([a], [b]) => (a < b ? -1 : 1)));
        if (isChanged) await replaceFile(path, header + stringify(sorted, { lineWidth: 0 }));
        return value;
      });
    const written = writing.then(work, work);
    writing = written;
    return await written;
  }

  async function resolveAndKeep<T>(
    reference: string,
    schema: z.ZodType<T>,
    resolve: (isUpdate: boolean) => Promise<T>,
  ): Promise<T> {
    const before = JSON.stringify(entries.get(reference));
    const resolved = await resolve(update);
    const entry = await write<T>((others) => {
      const theirs = schema.safeParse(others.get(reference));
      if (theirs.success && JSON.stringify(others.get(reference)) !== before)
        return { value: theirs.data, isChanged: false };
      others.set(reference, resolved);
      return { value: resolved, isChanged: true };
    });
    entries.set(reference, entry);
    return entry;
  }

  return {
    async pin<T>(reference: string, schema: z.ZodType<T>, resolve: (isUpdate: boolean) => Promise<T>): Promise<T> {
      const known = schema.safeParse(entries.get(reference));
      if (known.success && !update) return known.data;
      const pending = pinning.get(reference) ?? resolveAndKeep(reference, schema, resolve);
      pinning.set(reference, pending);
      return schema.parse(await pending);
    },
    kept<T>(reference: string, schema: z.ZodType<T>): T | null {
      const known = schema.safeParse(entries.get(reference));
      return known.success && (!update || replaced.has(reference)) ? known.data : null;
    },
    async replace(reference, entry) {
      replaced.add(reference);
      if (entry === null && !entries.has(reference)) return;
      await write((others) => {
        if (entry === null) others.delete(reference);
        else others.set(reference, entry);
        return { value: null, isChanged: true };
      });
      if (entry === null) entries.delete(reference);
      else entries.set(reference, entry);
    },
  };
}

/**
 * Without a lock where the cache takes none: then two that write within the same milliseconds may lose a pin, which is
 * resolved again.
 */
async function whileLocked<T>(path: string, cacheDir: string, work: () => Promise<T>): Promise<T> {
  const locks = join(cacheDir, "locks", "writing");
  const name = sha256(join(await realpath(dirname(path)), basename(path))).slice(0, 16);
  await mkdir(locks, { recursive: true }).catch(() => undefined);
  const lock = await lockWherePossible(join(locks, name));
  try {
    return await work();
  } finally {
    lock?.release();
  }
}

async function readEntries(path: string): Promise<Map<string, unknown>> {
  const restore = "restore it from version control, or delete it to resolve every reference again";
  let value: unknown;
  try {
    ({ value } = await readYamlFile(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Map();
    if (!(error instanceof PipelineError)) throw error;
    const { message, locations, hint } = error;
    throw new PipelineError(`the lock file cannot be read: ${message}`, {
      code: "config",
      locations,
      hint: hint === undefined ? restore : `${hint}\n${restore}`,
      cause: error,
    });
  }
  const entries = z.record(z.string(), z.unknown()).nullable().safeParse(value);
  if (!entries.success) {
    throw new PipelineError(
      `${path} is not a lock file: expected a mapping from references to what they were resolved to`,
      {
        code: "config",
        hint: restore,
      },
    );
  }
  return new Map(Object.entries(entries.data ?? {}));
}
