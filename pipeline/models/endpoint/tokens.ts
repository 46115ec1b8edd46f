import { type AskedAndAnswered, type ChatText, joined } from "../../contract/chat-formats.js";
import type { EndpointServer, EndpointSpec } from "../../contract/endpoint-spec.js";
import type { ConversationTokens, Message } from "../../contract/model.js";
import type { ServiceContext } from "../../contract/service.js";
import { PipelineError } from "../../system/errors.js";
import type { FullRequest } from "../generation-key.js";
import { isInfill } from "../llama/prompt-tokens.js";
import { TextTokenizer } from "../tokenizer/text-tokenizer.js";
import { pinTokenizer, tokenizerFolder } from "../tokenizer/tokenizer-files.js";
import { lazy } from "../weights/lazy.js";
import type { EndpointClient } from "./client.js";
import type { EndpointModel } from "./resolve.js";
import { ServedTokens } from "./served-tokens.js";

/** How the tokens of a served model's texts are told. */
export type TokenSource =
  | { readonly type: "tokenizer"; readonly source: string }
  | { readonly type: "server"; readonly server: "llama-server" | "vllm" }
  | null;

/**
 * By the tokenizer that the pipeline file names; by the server, where it is one that tells; or by that of the
 * repository that the model is called after. null where nobody knows.
 */
export function tokenSource(
  { tokenizer }: Pick<EndpointSpec, "tokenizer">,
  server: EndpointServer | null,
  names: readonly (string | undefined)[],
): TokenSource {
  if (tokenizer !== undefined) return { type: "tokenizer", source: tokenizer };
  if (server === "llama-server" || server === "vllm") return { type: "server", server };
  const repository = names.find((name) => /^[\w.-]+\/[\w.-]+$/u.test(name ?? ""));
  return repository === undefined ? null : { type: "tokenizer", source: `hf:${repository}` };
}

/** The token source of a model that has said who it is. */
export function tokensOf({ endpoint, identity }: Pick<EndpointModel, "endpoint" | "identity">): TokenSource {
  const { root } = identity.facts;
  const names = [typeof root === "string" ? root : undefined, identity.model];
  return tokenSource(endpoint, endpoint.server ?? identity.server, names);
}

/** Tokens of a served model's texts, by whoever tells them. */
export class EndpointTokens {
  readonly #source: TokenSource;
  readonly #tokenizer = lazy(async () => await this.#load());

  constructor(
    private readonly ref: string,
    private readonly model: EndpointModel,
    private readonly client: Pick<EndpointClient, "post">,
    private readonly context: ServiceContext,
  ) {
    this.#source = tokensOf(model);
  }

  async countTokens(texts: readonly (string | ChatText)[]): Promise<number[]> {
    return await this.#with(
      async (tokenizer) => await tokenizer.count(texts),
      async (server) => await server.count(texts),
    );
  }

  async controlTokens(): Promise<readonly string[]> {
    return await this.#with(
      async (tokenizer) => tokenizer.control,
      async (server) => await server.controlAmong(usualMarks),
    );
  }

  async conversationTokens(conversations: readonly (readonly Message[])[]): Promise<ConversationTokens[]> {
    return await this.#each(conversations, {
      own: (tokenizer, messages) => tokenizer.conversation(messages),
      served: async (server, messages) => await server.conversation(messages),
    });
  }

  async renderChat(messages: readonly Message[], addGenerationPrompt: boolean): Promise<ChatText> {
    return await this.#with(
      async (tokenizer) => tokenizer.render(messages, addGenerationPrompt),
      async (server) => await server.render(messages, addGenerationPrompt),
    );
  }

  async renderAnswered(conversations: readonly (readonly Message[])[]): Promise<AskedAndAnswered[]> {
    return await this.#each(conversations, {
      own: (tokenizer, messages) => tokenizer.answered(messages),
      served: async (server, messages) => await server.answered(messages),
    });
  }

  /**
   * Tokens that a question leaves its answer in the context; null where it surely leaves enough, or nobody can tell.
   * Only what may be too long by its bytes is counted. Throws a PipelineError (prompt-too-long) where nothing is left.
   */
  async roomFor(
    { prompt, prefill }: FullRequest,
    { most, contextTokens: context }: { readonly most: number; readonly contextTokens: number },
  ): Promise<number | null> {
    if (most < context || this.#source === null || isInfill(prompt)) return null;
    const text = typeof prompt === "string" ? prompt : "pieces" in prompt ? joined(prompt.pieces) : null;
    const tokens =
      text === null ? await this.#chatTokens(prompt as readonly Message[], prefill) : await this.#count(text + prefill);
    if (tokens === null) return null;
    if (tokens < context) return Math.max(1, context - tokens - slack);
    throw new PipelineError(
      `the prompt has ${tokens} tokens, and the context of the model "${this.ref}" holds ${context} with the answer`,
      { code: "prompt-too-long", hint: "ask about less at once, or say how long its context is: contextTokens" },
    );
  }

  async #count(text: string): Promise<number | null> {
    return (await this.#known(async () => await this.countTokens([text])))?.[0] ?? null;
  }

  async #chatTokens(messages: readonly Message[], prefill: string): Promise<number | null> {
    return await this.#known(async () => {
      const [begun = 0] = prefill === "" ? [] : await this.countTokens([prefill]);
      const asked = await this.#with(
        async (tokenizer) => (await tokenizer.count([tokenizer.render(messages, true)]))[0] ?? 0,
        async (server) => await server.ofChat(messages),
      );
      return asked + begun;
    });
  }

  /** null where it cannot be told after all: nothing fails for that. */
  async #known<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      if (this.context.signal.aborted) throw error;
      return null;
    }
  }

  async #each<T>(
    conversations: readonly (readonly Message[])[],
    ways: {
      readonly own: (tokenizer: TextTokenizer, messages: readonly Message[]) => T;
      readonly served: (server: ServedTokens, messages: readonly Message[]) => Promise<T>;
    },
  ): Promise<T[]> {
    return await this.#with(
      async (tokenizer) => conversations.map((messages) => ways.own(tokenizer, messages)),
      async (server) => {
        const found: T[] = [];
        for (const messages of conversations) found.push(await ways.served(server, messages));
        return found;
      },
    );
  }

  async #with<T>(
    own: (tokenizer: TextTokenizer) => Promise<T>,
    served: (server: ServedTokens) => Promise<T>,
  ): Promise<T> {
    const source = this.#source;
    if (source?.type === "server") {
      const { model, context } = this;
      return await served(new ServedTokens(this.client, source.server, model.identity.model, context.signal));
    }
    return await own(await this.#tokenizer());
  }

  async #load(): Promise<TextTokenizer> {
    if (this.#source?.type !== "tokenizer")
      throw new PipelineError(`nobody knows the tokens of the model "${this.ref}"`, {
        code: "model",
        hint: "say whose tokenizer it has: endpoint: { tokenizer: hf:OWNER/REPO }",
      });
    const pinned = await pinTokenizer(this.#source.source, this.context);
    return await TextTokenizer.load(await tokenizerFolder(pinned, this.context));
  }
}

/** Tokens by which a server may count otherwise: a mark at the beginning, a date in its template. */
const slack = 16;

/** Control tokens of the models that are usual, of which a server is asked which are its own. */
const usualMarks = [
  "<|im_start|> <|im_end|> <|endoftext|> <|fim_prefix|> <|fim_suffix|> <|fim_middle|>",
  "<|begin_of_text|> <|end_of_text|> <|start_header_id|> <|end_header_id|> <|eot_id|> <|eom_id|>",
  "<|start|> <|end|> <|message|> <|channel|> <|return|> <|call|> <|user|> <|assistant|>",
  "<s> </s> <unk> <pad> <bos> <eos> <start_of_turn> <end_of_turn> [INST] [/INST]",
  "<｜begin▁of▁sentence｜> <｜end▁of▁sentence｜> <｜User｜> <｜Assistant｜>",
].flatMap((marks) => marks.split(" "));
