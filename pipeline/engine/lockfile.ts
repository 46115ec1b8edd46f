import { readFile } from "node:fs/promises";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { PipelineError } from "../errors.js";
import { writeFileAtomic } from "../files/write-file.js";
import type { Lockfile } from "../service.js";

const header = "# What moving references were resolved to. Commit it; `pipeline run --update` resolves again.\n";

/** Reads `pipeline.lock`, and writes it whenever a reference is pinned. With `update`, each reference is resolved again once. */
export async function openLockfile(path: string, { update }: { update: boolean }): Promise<Lockfile> {
  const entries = await readEntries(path);
  const pinning = new Map<string, Promise<unknown>>();
  let writing = Promise.resolve();

  async function resolveAndKeep<T>(reference: string, resolve: () => Promise<T>): Promise<T> {
    const entry = await resolve();
    entries.set(reference, entry);
    const sorted = Object.fromEntries([...entries].toSorted(([a], [b]) => (a < b ? -1 : 1)));
    writing = writing.then(() => writeFileAtomic(path, header + stringify(sorted, { lineWidth: 0 })));
    await writing;
    return entry;
  }

  return {
    async pin<T>(reference: string, schema: z.ZodType<T>, resolve: () => Promise<T>): Promise<T> {
      const known = schema.safeParse(entries.get(reference));
      if (known.success && !update) return known.data;
      const pending = pinning.get(reference) ?? resolveAndKeep(reference, resolve);
      pinning.set(reference, pending);
      return schema.parse(await pending);
    },
  };
}

async function readEntries(path: string): Promise<Map<string, unknown>> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Map();
    throw error;
  }
  const entries = z.record(z.string(), z.unknown()).nullable().safeParse(tryParse(text));
  if (!entries.success) {
    throw new PipelineError(`${path} is not a lock file: expected a mapping from references to what they were resolved to`, {
      code: "config",
      hint: "restore it from version control, or delete it to resolve every reference again",
    });
  }
  return new Map(Object.entries(entries.data ?? {}));
}

function tryParse(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
