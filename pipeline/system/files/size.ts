import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** Bytes of all files below a folder, or of a file; 0 where there is none. What goes meanwhile does not count. */
export async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => null);
  if (found === null) return 0;
  if (!found.isDirectory()) return found.size;
  let bytes = 0;
  for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
    if (entry.isDirectory()) bytes += await sizeOf(join(path, entry.name));
    else if (entry.isFile())
      bytes += await stat(join(path, entry.name)).then(
        ({ size }) => size,
        () => 0,
      );
  }
  return bytes;
}
