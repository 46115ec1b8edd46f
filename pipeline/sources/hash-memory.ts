import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { stampOf } from "../system/files/stamp.js";
import { replaceFile } from "../system/files/write-file.js";
import { hashFile } from "../system/hash.js";

const Remembered = z.record(z.string(), z.tuple([z.string(), z.string()]));

/** Hashes of a folder's files, kept in one small file. */
export interface HashMemory {
  /** SHA-256 of a file; read again only where its inode, size or times changed. */
  hash(key: string, file: string): Promise<string>;
  /** Keeps what was asked for since it was opened, and forgets the rest. */
  save(): Promise<void>;
}

/** Opens the hashes that this file keeps; it begins without any where the file is missing or damaged. */
export async function openHashMemory(path: string): Promise<HashMemory> {
  const before = await read(path);
  const now: z.infer<typeof Remembered> = {};
  let changed = false;

  return {
    async hash(key, file) {
      const stamp = stampOf(file);
      const known = before[key];
      if (known !== undefined && known[0] === stamp.text) return (now[key] = known)[1];
      const hash = await hashFile(file);
      changed = true;
      if (stamp.settled) now[key] = [stamp.text, hash];
      return hash;
    },
    async save() {
      if (!changed && Object.keys(now).length === Object.keys(before).length) return;
      await mkdir(dirname(path), { recursive: true });
      await replaceFile(path, JSON.stringify(now));
    },
  };
}

/** A memory that cannot be read is only lost time. */
async function read(path: string): Promise<z.infer<typeof Remembered>> {
  try {
    return Remembered.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return {};
  }
}
