import { untilAborted } from "../../system/abort.js";
import { bytes } from "../../system/byte-size.js";
import { defaultCacheDir } from "../../system/paths.js";
import { LlamaProcess } from "../../models/llama/process.js";
import { listModels } from "../../models/weights/cache.js";
import { counted } from "../../reporters/format.js";
import { backends, probeBackends } from "../../sandbox/backends.js";
import { platformLines } from "../../sandbox/platforms.js";
import type { Finding } from "./finding.js";

/** The backend that confines tests here: each is attacked from inside before it counts; why the others do not. */
export async function lookForSandbox(signal: AbortSignal): Promise<Finding> {
  const probes = await probeBackends(signal);
  const best = probes.find(({ available }) => available);
  const details = probes
    .filter(({ available }) => !available)
    .map(({ name, reason }) => `not ${name}: ${reason.split("\n")[0] ?? ""}`);
  if (best !== undefined) return { status: "ok", found: `${best.name}, attacked from inside and held`, details };
  const fixes = backends.map(({ fix }) => fix);
  return {
    status: "problem",
    found: "nothing here can confine code that is not trusted",
    details,
    fix: `${[...new Set(fixes)].join("; or ")}; or run with --sandbox none if you trust every test and every source`,
  };
}

/** What to expect of other machines than this one. */
export function tellSystems(): Finding {
  return { status: "ok", found: `${process.platform} here; what runs code, by system:`, details: platformLines() };
}

/** Starts llama.cpp in a process of its own. Throws where it does not come up, or the signal is aborted. */
export async function lookForInference(signal: AbortSignal): Promise<Finding> {
  const process = new LlamaProcess("this check", () => undefined);
  try {
    const variant = await untilAborted(process.start(), signal);
    return { status: "ok", found: `llama.cpp runs here, on the processor (${variant.split(", CPU")[0] ?? variant})` };
  } finally {
    await process.close();
  }
}

/** The models in the cache, by how they were named, and their bytes together. */
export async function lookForModels(): Promise<Finding> {
  const models = await listModels(defaultCacheDir());
  const size = models.reduce((sum, model) => sum + model.bytes, 0);
  return models.length === 0
    ? {
        status: "ok",
        found: "none in the cache yet: a run fetches what it asks; pipeline models list says how large each is",
      }
    : {
        status: "ok",
        found: `${counted(models.length, "model")} in the cache, ${bytes(size)}`,
        details: models.map(({ source }) => source),
      };
}
