import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createStop } from "../system/abort.js";
import { openLockfile } from "../engine/state/lockfile.js";
import { Store } from "../engine/state/store.js";
import { sha256 } from "../system/hash.js";
import { openCacheDir } from "../system/cache-dir.js";
import { createPlainReporter } from "../reporters/plain.js";
import type { ServiceContext } from "../contract/service.js";

/**
 * What services need where there is no pipeline and no run: a state folder that goes at the end, and, so that the same
 * question gets the same answer next time, a lock file in the user's cache, one for each subject.
 */
export async function withServices<T>(
  subject: string,
  use: (context: ServiceContext) => Promise<T>,
  { update = false, signal = createStop().signal }: { readonly update?: boolean; readonly signal?: AbortSignal } = {},
): Promise<T> {
  const cacheDir = openCacheDir();
  const locks = join(cacheDir, "locks");
  await mkdir(locks, { recursive: true });
  const stateDir = await mkdtemp(join(tmpdir(), "pipeline-"));
  const store = Store.open(stateDir);
  const progress = createPlainReporter(
    (text) => void process.stderr.write(text),
    () => performance.now(),
    { colour: false, resume: "" },
  );
  try {
    return await use({
      seed: 0,
      memo: store.memo,
      lockfile: await openLockfile(join(locks, `${sha256(subject).slice(0, 16)}.lock`), { update, cacheDir }),
      emit: (event) => progress.report(event),
      signal,
      cacheDir,
      stateDir,
      baseDir: process.cwd(),
    });
  } finally {
    store.close();
    await rm(stateDir, { recursive: true, force: true });
  }
}
