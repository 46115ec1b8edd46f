import { hasPackages, installPackages } from "../pipeline/system/python/packages.js";
import { findPython } from "../pipeline/system/python/interpreter.js";
import type { ServiceContext } from "../pipeline/contract/service.js";
import { environmentLock } from "./identity.js";

/** What the Python programs run with. */
interface Environment {
  /** Absolute path of the interpreter. */
  readonly python: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Whether PyTorch and what goes with it are in the cache. */
export async function hasEnvironment(cacheDir: string): Promise<boolean> {
  return hasPackages(await environmentLock(), cacheDir, await findPython());
}

/** Installs PyTorch and what goes with it, several gigabytes, where the cache does not hold them yet. */
export async function prepareEnvironment(
  context: Pick<ServiceContext, "cacheDir" | "emit"> & Partial<Pick<ServiceContext, "signal">>,
): Promise<Environment> {
  const { interpreter } = await findPython();
  const packages = await installPackages(
    await environmentLock(),
    "PyTorch, transformers and PEFT, for training",
    context,
  );
  return {
    python: interpreter,
    env: {
      PYTHONPATH: packages,
      PYTHONNOUSERSITE: "1",
      PYTHONHASHSEED: "0",
      PYTHONUNBUFFERED: "1",
      PYTHONDONTWRITEBYTECODE: "1",
      HF_HUB_OFFLINE: "1",
      TRANSFORMERS_VERBOSITY: "error",
      TOKENIZERS_PARALLELISM: "false",
      PYTHONWARNINGS: "ignore",
      TQDM_DISABLE: "1",
    },
  };
}
