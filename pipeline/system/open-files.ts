import { readdir, readFile, realpath } from "node:fs/promises";
import { sep } from "node:path";

/**
 * Ids of the other processes that have a file below a folder mapped into their memory, as those have a model that they
 * run. Only Linux tells it: elsewhere none are found, and a file that is removed stays with whoever has it open.
 */
export async function processesWithin(folder: string): Promise<number[]> {
  const place = `${await realpath(folder)}${sep}`;
  const ids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/u.test(name)).map(Number);
  const using = await Promise.all(
    ids.map(async (id) => {
      if (id === process.pid) return false;
      // Those of other users cannot be read.
      const maps = await readFile(`/proc/${id}/maps`, "utf8").catch(() => "");
      return maps.includes(place);
    }),
  );
  return ids.filter((_, index) => using[index]);
}
