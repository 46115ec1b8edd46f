import { readCatalogue } from "../../pipeline/engine/config/catalogue.js";
import { isHere, resolveModel } from "../../pipeline/models/backends.js";
import type { ResolvedModel } from "../../pipeline/models/resolved.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { serviceContext } from "./context.js";

/**
 * A model that was trained to fill gaps, half a gigabyte: fetched where all tests are asked for, used where it is here;
 * null otherwise, which is said.
 */
export async function coderHere(): Promise<ResolvedModel | null> {
  const spec = (await readCatalogue(packageRoot, packageRoot))["coder-0.5b"];
  if (spec === undefined) throw new Error("the catalogue has no coder-0.5b");
  const context = serviceContext();
  const model = await resolveModel(spec, context);
  if (process.env["PIPELINE_TESTS"] === "all" || (await isHere(model, context.cacheDir))) return model;
  console.warn(
    "coder-0.5b is not in the cache: what it fills a gap with is not tested (PIPELINE_TESTS=all fetches it)",
  );
  return null;
}
