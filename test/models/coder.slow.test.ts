import { expect, it, onTestFinished } from "vitest";
import { readCatalogue } from "../../pipeline/engine/config/catalogue.js";
import { fetchModel, resolveModel } from "../../pipeline/models/backends.js";
import type { ResolvedModel } from "../../pipeline/models/resolved.js";
import { createModels } from "../../pipeline/models/service.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { serviceContext } from "./context.js";
import { answersOf, projectOf } from "./page-stage.js";

/** A model that was trained to fill gaps, half a gigabyte; null, which is said, where it cannot be had. */
const coder = await (async (): Promise<ResolvedModel | null> => {
  const spec = (await readCatalogue(packageRoot, packageRoot))["coder-0.5b"];
  if (spec === undefined) throw new Error("the catalogue has no coder-0.5b");
  const model = await resolveModel(spec, serviceContext());
  try {
    await fetchModel(model, serviceContext());
    return model;
  } catch (error) {
    console.warn(`coder-0.5b cannot be fetched, and what it fills gaps with is not tested: ${String(error)}`);
    return null;
  }
})();

it.runIf(coder !== null)(
  "fills a gap with what fits",
  async () => {
    const models = new Map([["filler", coder!]]);
    const service = createModels(serviceContext(), { models, threads: 1, determinism: "strict" });
    onTestFinished(async () => await service.close());
    const { text } = await service.api("filler", ["infill"]).infill({
      prefix: "def area(width, height):\n    return ",
      suffix: "\n\n\nassert area(2, 3) == 6\n",
      stop: ["\n"],
      maxTokens: 12,
    });
    expect(text).toBe("width * height");
  },
  600_000,
);

it.runIf(coder !== null)(
  "fills the gaps of files for a stage of a user's own",
  async () => {
    const folder = await projectOf("returns", "coder-0.5b");
    expect(await answersOf(folder, "returns")).toEqual({
      "area.py": "width * height",
      "size.py": "width * depth",
    });
  },
  600_000,
);
