import { readdir, readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join, relative, sep } from "node:path";
import { z } from "zod";
import { PipelineError } from "../../../system/errors.js";
import type { FoundModel } from "./found-model.js";

/**
 * Where Ollama keeps its models: `manifests/HOST/NAMESPACE/NAME/TAG` says of which files a model is made, and
 * `blobs/sha256-...` holds those.
 */
export function ollamaFolder(): string {
  const named = process.env["OLLAMA_MODELS"] ?? "";
  return named === "" ? join(homedir(), ".ollama", "models") : named;
}

const Manifest = z.object({
  layers: z
    .array(
      z.object({
        mediaType: z.string(),
        digest: z.string().regex(/^sha256:[0-9a-f]{64}$/u),
        size: z.int(),
      }),
    )
    .default([]),
});

/** A file of weights that a name of Ollama's stands for. */
export interface OllamaWeights {
  readonly sha256: string;
  readonly bytes: number;
}

/** The file that Ollama keeps under a SHA-256; null where it has none. */
export async function ollamaBlob(sha256: string): Promise<string | null> {
  // Versions of 2023 wrote a colon.
  for (const name of [`sha256-${sha256}`, `sha256:${sha256}`]) {
    const path = join(ollamaFolder(), "blobs", name);
    if ((await stat(path).catch(() => null))?.isFile() === true) return path;
  }
  return null;
}

/**
 * The weights of a model by the name that Ollama knows it by: NAME, NAME:TAG, NAMESPACE/NAME:TAG or
 * HOST/NAMESPACE/NAME:TAG. Throws a PipelineError (reference) where there is none, or none that is one file.
 */
export async function readOllama(name: string): Promise<OllamaWeights> {
  const path = join(ollamaFolder(), "manifests", ...partsOf(name));
  const text = await readFile(path, "utf8").catch(() => null);
  if (text === null) throw await unknown(name);
  const weights = weightsIn(text);
  if (typeof weights === "string")
    throw new PipelineError(`ollama:${name} is no model that can be run from its file: ${weights}`, {
      code: "reference",
      hint: "let Ollama itself run it: http://127.0.0.1:11434/v1#" + name,
    });
  return weights;
}

/** All models that Ollama has here. */
export async function listOllama(): Promise<FoundModel[]> {
  const root = join(ollamaFolder(), "manifests");
  const entries = await readdir(root, { withFileTypes: true, recursive: true }).catch(() => []);
  const found = await Promise.all(
    entries
      .filter((entry) => !entry.isDirectory())
      .map(async (entry) => {
        const path = join(entry.parentPath, entry.name);
        const parts = relative(root, path).split(sep);
        if (parts.length !== 4) return null;
        const weights = weightsIn(await readFile(path, "utf8").catch(() => ""));
        if (typeof weights === "string") return null;
        const blob = await ollamaBlob(weights.sha256);
        return blob === null
          ? null
          : { tool: "Ollama" as const, source: `ollama:${nameOf(parts)}`, path: blob, ...weights };
      }),
  );
  return found.filter((model) => model !== null);
}

/** The one GGUF file of a manifest; or why there is none that can be used by itself. */
function weightsIn(manifest: string): OllamaWeights | string {
  let value: unknown;
  try {
    value = JSON.parse(manifest);
  } catch {
    return "its manifest is damaged";
  }
  const parsed = Manifest.safeParse(value);
  if (!parsed.success) return "its manifest is damaged";
  const { layers } = parsed.data;
  const of = (kind: string) => layers.filter(({ mediaType }) => mediaType === `application/vnd.ollama.image.${kind}`);
  const [model, ...others] = of("model");
  if (model === undefined) return "it has no GGUF file";
  if (others.length > 0) return `its weights lie in ${others.length + 1} files`;
  if (of("adapter").length > 0) return "it is a base with an adapter";
  return { sha256: model.digest.slice("sha256:".length), bytes: model.size };
}

const usual = { host: "registry.ollama.ai", namespace: "library", tag: "latest" };

/** A name of Ollama's as its folders have it: host, namespace, name, tag. */
function partsOf(name: string): string[] {
  const [, path = name, tag = usual.tag] = /^(.*?)(?::([^:/]+))?$/u.exec(name) ?? [];
  const parts = path.split("/");
  if (parts.length > 3 || [...parts, tag].some((part) => !/^[\w][\w.:-]*$/u.test(part)))
    throw new PipelineError(`"ollama:${name}" is no name of a model of Ollama`, {
      code: "reference",
      hint: "write it as `ollama list` does: ollama:qwen2.5-coder:7b",
    });
  const [model = "", namespace = usual.namespace, host = usual.host] = parts.toReversed();
  return [host, namespace, model, tag];
}

/** The name that Ollama shows. */
function nameOf([host = "", namespace = "", model = "", tag = ""]: readonly string[]): string {
  if (host !== usual.host) return `${host}/${namespace}/${model}:${tag}`;
  return `${namespace === usual.namespace ? "" : `${namespace}/`}${model}:${tag}`;
}

async function unknown(name: string): Promise<PipelineError> {
  const names = (await listOllama()).map(({ source }) => source);
  return new PipelineError(`Ollama has no model "${name}" in ${ollamaFolder()}`, {
    code: "reference",
    hint:
      names.length === 0
        ? `fetch it there: ollama pull ${name}; or say where Ollama keeps its models: OLLAMA_MODELS=/path`
        : `it has ${names.slice(0, 12).join(", ")}${names.length > 12 ? ", …" : ""}`,
  });
}
