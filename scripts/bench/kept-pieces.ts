import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "../../pipeline/system/files/write-file.js";

/** What of a long measurement is done already, so that it goes on where it was stopped. */
export interface KeptPieces {
  /** What was measured before under this name; else measures it, and keeps it. */
  readonly piece: <T>(name: string, measure: () => Promise<T>) => Promise<T>;
  /** Nothing is kept any more: the next measurement begins anew. */
  readonly done: () => Promise<void>;
}

/** Those of one measurement, in the user's cache. */
export async function keptPieces(cacheDir: string, name: string): Promise<KeptPieces> {
  const folder = join(cacheDir, "bench");
  const path = join(folder, `${name}.json`);
  await mkdir(folder, { recursive: true });
  const kept = JSON.parse(await readFile(path, "utf8").catch(() => "{}")) as Record<string, unknown>;
  return {
    async piece<T>(piece: string, measure: () => Promise<T>) {
      if (piece in kept) return kept[piece] as T;
      const value = await measure();
      kept[piece] = value;
      await writeFileAtomic(path, JSON.stringify(kept));
      console.error(`  ${piece}: ${JSON.stringify(value)}`);
      return value;
    },
    done: async () => await rm(path, { force: true }),
  };
}
