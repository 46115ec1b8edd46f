import { PipelineError } from "../../system/errors.js";
import { holdsSecret } from "../../system/secrets.js";
import type { ConfigSource } from "./issues.js";
import type { Path } from "./located.js";

/**
 * A mistake for every value that holds a password or a token: what a configuration says goes into manifests, cards and
 * reports, as it is written.
 */
export function secretsIn({ value, yaml, origin }: ConfigSource): PipelineError[] {
  return textsOf(value, [])
    .filter(({ text }) => holdsSecret(text))
    .map(({ path }) => {
      const { from, text, location } = origin(path);
      const isBeside = from === "environment" || from === "command line";
      return new PipelineError(
        `a password or a token would end up in manifests, cards and pipeline.lock` +
          (isBeside ? ` (set by ${text ?? from})` : ""),
        {
          code: isBeside ? "usage" : "config",
          locations: isBeside ? [] : [location ?? yaml.locate(path)],
          hint:
            "take it out of the address: a credential helper gives it to git, the configuration of pip to pip, " +
            "HF_TOKEN to the hub",
        },
      );
    });
}

function textsOf(value: unknown, path: Path): { readonly text: string; readonly path: Path }[] {
  if (typeof value === "string") return [{ text: value, path }];
  if (Array.isArray(value)) return value.flatMap((inner: unknown, index) => textsOf(inner, [...path, index]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(holdsSecret(key) ? [{ text: key, path: [...path, key] }] : []),
    ...textsOf(inner, [...path, key]),
  ]);
}
