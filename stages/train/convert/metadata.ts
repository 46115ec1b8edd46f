import type { Artifact } from "../../../pipeline/contract/records.js";

/**
 * What a GGUF file says of itself: where it comes from, and under which licence. Keys are those of the GGUF
 * specification, or begin with `training.`.
 */
export function ggufMetadata(
  { facts }: Pick<Artifact, "facts">,
  { licence, pipeline }: { readonly licence: string | null; readonly pipeline: string },
): Record<string, string> {
  const told: readonly (readonly [string, Artifact["facts"][string] | null | undefined])[] = [
    ["general.name", pipeline],
    ["general.license", licence],
    ["training.base_model", facts["base_model"]],
    ["training.base_model.sha256", facts["base_sha256"]],
    ["training.dataset.sha256", facts["dataset_sha256"]],
    ["training.dataset.licences", facts["dataset_licences"]],
    ["training.dataset.rows", facts["train_rows"]],
  ];
  return Object.fromEntries(
    told.flatMap(([key, value]) =>
      value === null || value === undefined || value === "" ? [] : [[key, String(value)]],
    ),
  );
}
