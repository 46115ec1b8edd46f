import { PipelineError } from "../../system/errors.js";
import { isRevision, readRevision, revisionHint } from "../../system/revision.js";

/** What a model's `source` says. */
export type ModelLocation =
  | { readonly type: "pypi"; readonly name: string; readonly version: string | null }
  | { readonly type: "pypi-parts"; readonly names: readonly string[]; readonly version: string }
  | { readonly type: "hf"; readonly repository: string; readonly revision: string; readonly file: string }
  | { readonly type: "snapshot"; readonly repository: string; readonly revision: string }
  | { readonly type: "file"; readonly path: string }
  /** What another program has put on this machine, by its name there. */
  | { readonly type: "ollama" | "lmstudio"; readonly name: string }
  | { readonly type: "scripted"; readonly path: string };

/** A place of a file that is known by its SHA-256; `text` is how it was written. */
export type ModelPlace = Extract<ModelLocation, { type: "pypi" | "pypi-parts" | "hf" | "file" }> & {
  readonly text: string;
};

const forms =
  "expected pypi:NAME@VERSION, pypi:NAME-part{1..9}@VERSION, hf:OWNER/REPO/FILE.gguf, hf:OWNER/REPO, file:PATH, " +
  "ollama:NAME:TAG, lmstudio:PUBLISHER/REPO/FILE.gguf or scripted:PATH";

/** Reads a model's source, as the pipeline file has it. */
export function parseModelSource(source: string): ModelLocation {
  const [, scheme, rest = ""] = /^([a-z]+):(.+)$/u.exec(source) ?? [];
  switch (scheme) {
    case "pypi": {
      const parts = partNames(rest);
      if (parts !== null) return parts;
      const [, name, version] = /^([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)(?:(?:@|==)([\w.!+-]+))?$/u.exec(rest) ?? [];
      if (name === undefined) throw unreadable(source, `${forms}; "${rest}" is not a package's name`);
      return { type: "pypi", name: normalised(name), version: version ?? null };
    }
    case "hf": {
      const [, owner, name, written = "main", file] =
        /^([\w.-]+)\/([\w.-]+)(?:@([^/]+))?(?:\/(.+))?$/u.exec(rest) ?? [];
      if (owner === undefined || name === undefined)
        throw unreadable(source, `${forms}; a model of the hub is named with its owner`);
      const revision = readRevision(written);
      if (!isRevision(revision))
        throw unreadable(
          source,
          `${forms}; "${revision}" is not the name of a branch, a tag or a commit (${revisionHint}; a / is ` +
            `written %2F)`,
        );
      if (file === undefined) return { type: "snapshot", repository: `${owner}/${name}`, revision };
      if (!file.endsWith(".gguf") || file.split("/").includes(".."))
        throw unreadable(source, `${forms}; "${file}" is not a GGUF file of a repository`);
      return { type: "hf", repository: `${owner}/${name}`, revision, file };
    }
    case "file":
    case "scripted":
      return { type: scheme, path: rest };
    case "ollama":
    case "lmstudio":
      return { type: scheme, name: rest };
    case "step":
      throw unreadable(source, "a step's model can be named in a pipeline file alone, where that step stands before");
    default:
      throw unreadable(source, forms);
  }
}

/** Reads one of several places of a file. */
export function parsePlace(source: string): ModelPlace {
  const location = parseModelSource(source);
  if (isPlace(location)) return { ...location, text: source };
  throw new PipelineError(
    `"${source}" is no place of a single file: expected hf:OWNER/REPO/FILE.gguf, pypi:NAME@VERSION, ` +
      `pypi:NAME-part{1..9}@VERSION or file:PATH`,
    {
      code: "reference",
      hint: "name it as the one source of a model",
    },
  );
}

function isPlace(
  location: ModelLocation,
): location is Exclude<ModelLocation, { type: "snapshot" | "scripted" | "ollama" | "lmstudio" }> {
  return !["snapshot", "scripted", "ollama", "lmstudio"].includes(location.type);
}

/**
 * Packages that hold a file in parts, put together in order: NAME-part{1..22}@VERSION. null where no range is named.
 */
function partNames(written: string): Extract<ModelLocation, { type: "pypi-parts" }> | null {
  const [, before = "", first = "", last = "", after = "", version] =
    /^([\w.-]+)\{(\d+)\.\.(\d+)\}([\w.-]*)(?:@|==)([\w.!+-]+)$/u.exec(written) ?? [];
  const count = Number(last) - Number(first) + 1;
  if (version === undefined || count < 1 || count > mostParts) return null;
  const number = (index: number) => String(Number(first) + index).padStart(first.length, "0");
  return {
    type: "pypi-parts",
    names: Array.from({ length: count }, (_, index) => normalised(`${before}${number(index)}${after}`)),
    version,
  };
}

const mostParts = 1000;

function normalised(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/gu, "-");
}

function unreadable(source: string, expected: string): PipelineError {
  return new PipelineError(`cannot tell where the model "${source}" comes from: ${expected}`, {
    code: "reference",
    hint: "name a model under `models:` of the pipeline file, or write its source in full",
  });
}
