import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { hashFile, sha256 } from "../hash.js";
import { makePath } from "./make-path.js";
import { stampOf } from "./stamp.js";
import { replaceFile } from "./write-file.js";

const Known = z.object({ stamp: z.string(), sha256: z.string() });

/**
 * SHA-256 of a file, which is read once: as long as its inode, size and times stay, the hash is remembered in the
 * cache, in a file for each. A model has gigabytes, and is asked for at every plan.
 */
export async function knownHash(path: string, cacheDir: string, signal?: AbortSignal): Promise<string> {
  const stamp = stampOf(path);
  const place = join(cacheDir, "hashes", `${sha256(resolve(path)).slice(0, 32)}.json`);
  const known = await readKnown(place);
  if (known?.stamp === stamp.text) return known.sha256;
  const hash = await hashFile(path, signal);
  // A cache that cannot be written to is only lost time.
  if (stamp.settled) await keep(place, { stamp: stamp.text, sha256: hash }).catch(() => undefined);
  return hash;
}

async function readKnown(place: string): Promise<z.infer<typeof Known> | null> {
  try {
    return Known.parse(JSON.parse(await readFile(place, "utf8")));
  } catch {
    return null;
  }
}

async function keep(place: string, known: z.infer<typeof Known>): Promise<void> {
  makePath(dirname(place), "the folder of known hashes", "name another cache folder");
  await replaceFile(place, JSON.stringify(known));
}
