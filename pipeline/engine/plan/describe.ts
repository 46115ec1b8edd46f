import { stringify } from "yaml";
import type { Pipeline } from "../config/pipeline.js";

/** The pipeline as YAML with every default filled in, and nothing of this machine: for cards and reports. */
export function describePipeline({ name, seed, determinism, models, steps }: Pipeline): string {
  return stringify(
    {
      name,
      seed,
      determinism,
      ...(Object.keys(models).length > 0 && { models }),
      steps: steps.map(({ id, stage, from, options, limit }) => ({
        id,
        stage: stage.name,
        ...(from.size > 0 && { from: from.get("") ?? Object.fromEntries(from) }),
        with: { ...options, ...(limit !== null && { limit }) },
      })),
    },
    { lineWidth: 0 },
  );
}
