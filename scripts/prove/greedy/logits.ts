import { getLlama, type Llama, type LlamaContext, type LlamaModel, LlamaLogLevel, type Token } from "node-llama-cpp";
import { quantizedGguf } from "../../../finetuning/quantized-gguf.js";
import { resolveGguf } from "../../../pipeline/models/llama/resolve.js";
import { fetchWeights } from "../../../pipeline/models/weights/fetch.js";
import type { ServiceContext } from "../../../pipeline/contract/service.js";
import type { Form } from "./with-model.js";

interface NextToken {
  readonly likeliest: number;
  readonly second: number;
  readonly logits: ReadonlyMap<number, number>;
}

/** What llama.cpp makes of a text's next token. The backend does not tell: it answers texts alone. */
export class Logits {
  private constructor(
    private readonly llama: Llama,
    private readonly model: LlamaModel,
    private readonly context: LlamaContext,
  ) {}

  static async open(form: Form, context: ServiceContext): Promise<Logits> {
    const resolved = await resolveGguf(form, context);
    const weights = await fetchWeights(resolved, context);
    const llama = await getLlama({ gpu: false, build: "never", logLevel: LlamaLogLevel.error });
    const path =
      resolved.quantization === null ? weights.path : await quantizedGguf(weights, resolved.quantization, context);
    const model = await llama.loadModel({ modelPath: path, gpuLayers: 0 });
    const file = resolved.adapter === null ? null : await fetchWeights(resolved.adapter, context);
    const lora = file === null ? {} : { lora: { adapters: [{ filePath: file.path }] } };
    return new Logits(llama, model, await model.createContext({ contextSize: 4096, ...lora }));
  }

  text(tokens: readonly number[]): string {
    return this.model.detokenize(tokens as Token[]);
  }

  /** @param compared tokens whose logits are wanted whatever they are */
  async after(tokens: readonly number[], compared: readonly number[]): Promise<NextToken> {
    const sequence = this.context.getSequence();
    try {
      const last = tokens.at(-1) as Token;
      const filter = { tokens: compared as Token[], includeTop: 2 };
      const results = await sequence.controlledEvaluate([
        ...(tokens.slice(0, -1) as Token[]),
        [last, { generateNext: { logits: { filter } } }],
      ]);
      const logits = results.at(-1)?.next.logits ?? new Map<Token, number>();
      const [likeliest = -1, second = -1] = [...logits]
        .toSorted(([, one], [, other]) => other - one)
        .map(([token]) => token);
      return { likeliest, second, logits };
    } finally {
      await sequence.dispose();
    }
  }

  async close(): Promise<void> {
    await this.context.dispose();
    await this.model.dispose();
    await this.llama.dispose();
  }
}
