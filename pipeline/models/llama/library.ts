import {
  getLlama,
  getModuleVersion,
  type Llama,
  LlamaGrammarEvaluationState,
  LlamaLogLevel,
  type LlamaModel,
} from "node-llama-cpp";
import { PipelineError } from "../../system/errors.js";

/** llama.cpp in this process, on the CPU, with what it complains of. */
export class LlamaLibrary {
  readonly #complaints: string[] = [];
  #llama: Llama | undefined;

  /** Loads it; answers its versions and the features of the CPU variant that it chose. */
  async start(): Promise<string> {
    this.#llama ??= await getLlama({
      gpu: false,
      build: "never",
      logLevel: LlamaLogLevel.error,
      logger: (_level, message) => void this.#complaints.push(message.trim()),
    });
    return (
      `node-llama-cpp ${await getModuleVersion()}, llama.cpp ${this.#llama.llamaCppRelease.release}, ` +
      this.#llama.systemInfo.trim()
    );
  }

  /** Once it is started. */
  get llama(): Llama {
    if (this.#llama === undefined) throw new PipelineError("llama.cpp is not started", { code: "internal" });
    return this.#llama;
  }

  /**
   * Does what llama.cpp may refuse, which then fails as a PipelineError `model`.
   *
   * @param what begins the sentence: "llama.cpp cannot load model.gguf"
   */
  async attempt<T>(
    work: () => Promise<T>,
    { what, hint }: { readonly what: string; readonly hint: string },
  ): Promise<T> {
    this.#complaints.length = 0;
    try {
      return await work();
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      throw new PipelineError(`${what}: ${[said, ...this.#complaints.slice(-3)].join("; ")}`, {
        code: "model",
        hint,
        cause: error,
      });
    }
  }

  /** Holds an answer of the model to a GBNF grammar. Throws a PipelineError `stage` where that is none. */
  async grammar(model: LlamaModel, grammar: string): Promise<LlamaGrammarEvaluationState> {
    this.#complaints.length = 0;
    try {
      return new LlamaGrammarEvaluationState({ model, grammar: await this.llama.createGrammar({ grammar }) });
    } catch (error) {
      throw new PipelineError(
        `the grammar is not valid GBNF: ` +
          (this.#complaints.join("; ") || (error instanceof Error ? error.message : String(error))),
        {
          code: "stage",
          hint: "see grammars/README.md of llama.cpp for the notation",
          cause: error,
        },
      );
    }
  }
}
