/** A model that another program has put on this machine: it is used where it lies. */
export interface FoundModel {
  /** The program that it belongs to. */
  readonly tool: "Ollama" | "LM Studio" | "Hugging Face";
  /** How it is named in a pipeline file. */
  readonly source: string;
  /** Its file, or the first of several parts; or its folder. */
  readonly path: string;
  readonly bytes: number;
  /** As the program tells it; null where that has to be computed. */
  readonly sha256: string | null;
}
