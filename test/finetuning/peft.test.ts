import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { environmentLock, programsFolder } from "../../finetuning/identity.js";
import { prepareEnvironment } from "../../finetuning/environment.js";
import { ChildError, runChild } from "../../pipeline/child.js";
import { packagesHash } from "../../pipeline/packages.js";
import { defaultCacheDir, packageRoot } from "../../pipeline/paths.js";
import { findPython } from "../../pipeline/python.js";

// Six gigabytes, which no test installs: they are there once something was trained on this machine.
const place = join(defaultCacheDir(), "python", packagesHash(await environmentLock(), await findPython()).slice(0, 32));
const isInstalled = existsSync(place);
if (!isInstalled) console.warn(`PyTorch is not installed for training (${place}): the tests of the trainer "peft" are skipped`);

it.runIf(isInstalled)("trains as it says: mask, batches, loop, checkpoints, parity", { timeout: 300_000 }, async () => {
  const { python, env } = await prepareEnvironment({ cacheDir: defaultCacheDir(), emit: () => undefined });
  const { stderr } = await runChild(python, ["-s", join(packageRoot, "test/finetuning/peft/check_programs.py"), programsFolder], { env, code: "training" })
    .catch((error: unknown) => { throw error instanceof ChildError ? new Error(error.stderr) : error; });
  expect(stderr).toMatch(/Ran 12 tests[\s\S]*\nOK/u);
});
