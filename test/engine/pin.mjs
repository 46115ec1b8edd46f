// A process that pins references: it opens the lock file, says so, and pins when it is told to.
import { once } from "node:events";
import { createInterface } from "node:readline";
import { z } from "zod";
import { openLockfile } from "../../dist/pipeline/engine/state/lockfile.js";

const [path, cacheDir, commit, ...references] = process.argv.slice(2);
const words = createInterface({ input: process.stdin });
const lockfile = await openLockfile(path, { update: false, cacheDir });
process.stdout.write("open\n");
await once(words, "line");
const pins = await Promise.all(
  references.map(async (reference) => [
    reference,
    (await lockfile.pin(reference, z.object({ commit: z.string() }), async () => ({ commit }))).commit,
  ]),
);
process.stdout.write(`${JSON.stringify(Object.fromEntries(pins))}\n`);
words.close();
