import type { Generation, Message } from "../contract/model.js";
import { fromOpenAi, toOpenAi } from "../contract/openai-message.js";
import { ServeError } from "./errors.js";
import type { Answering, Piece } from "./answering.js";
import { heldTo } from "./held.js";
import type { ChatRequest } from "./schema.js";
import { ThoughtReader } from "./thoughts.js";
import { finishOf, settingsOf, usageOf } from "./writing.js";

/** What a conversation is answered with, as `POST /v1/chat/completions` has it. */
export function answerChat(request: ChatRequest, { models, id, signal }: Answering) {
  const held = heldTo(request);
  if (request.logprobs === true) throw new ServeError(400, "unsupported", "no log probabilities are told", "logprobs");
  const served = models.named(request.model, held.can);
  const messages = messagesOf(request);
  const head = { id: `chatcmpl-${id}`, created: Math.floor(Date.now() / 1000), model: served.name };
  const model = models.find(served.ref, held.can);

  const generate = async (onText?: (index: number, text: string) => void): Promise<Generation[]> => {
    const { contextTokens } = await models.info(served);
    return await Promise.all(
      settingsOf(request, contextTokens).map(
        async (settings, index) =>
          await model.generate(
            { prompt: messages, ...settings, ...held.to },
            { signal, ...(onText && { onToken: (text: string) => onText(index, text) }) },
          ),
      ),
    );
  };

  return {
    async whole(): Promise<object> {
      const generations = await generate();
      return {
        ...head,
        object: "chat.completion",
        choices: generations.map(({ message, text, finish }, index) => ({
          index,
          message: { refusal: null, ...toOpenAi(message ?? { role: "assistant", content: text }) },
          logprobs: null,
          finish_reason: message?.toolCalls === undefined ? finishOf(finish) : "tool_calls",
        })),
        usage: usageOf(generations),
      };
    },
    async stream(send: (piece: Piece) => void): Promise<void> {
      const info = await models.info(served);
      const chunk = (index: number, delta: object, finish: string | null = null): void =>
        send({
          ...head,
          object: "chat.completion.chunk",
          choices: [{ index, delta, logprobs: null, finish_reason: finish }],
          ...(request.stream_options?.include_usage === true && { usage: null }),
        });
      const readers = Array.from({ length: request.n ?? 1 }, () => new ThoughtReader(info.chatFormat === "qwen3"));
      const tell = (index: number, pieces: ReturnType<ThoughtReader["read"]>): void => {
        for (const { part, text } of pieces)
          chunk(index, part === "content" ? { content: text } : { reasoning_content: text });
      };
      const begun = new Set<number>();
      /** Before anything is there to be said, a request can still be refused whole. */
      const begin = (index: number): void => {
        if (!begun.has(index)) chunk(index, { role: "assistant", content: "" });
        begun.add(index);
      };
      // A format with channels is read when it is whole.
      const isRead = info.chatFormat !== "harmony";
      const generations = await generate((index, text) => {
        begin(index);
        if (isRead) tell(index, readers[index]?.read(text) ?? []);
      });
      for (const [index, { message, finish }] of generations.entries()) {
        begin(index);
        if (isRead) tell(index, readers[index]?.end() ?? []);
        else if (message !== undefined) chunk(index, deltaOf(message));
        chunk(index, {}, message?.toolCalls === undefined ? finishOf(finish) : "tool_calls");
      }
      if (request.stream_options?.include_usage === true)
        send({ ...head, object: "chat.completion.chunk", choices: [], usage: usageOf(generations) });
    },
  };
}

function messagesOf({ messages, tools }: ChatRequest): Message[] {
  let read: Message[];
  try {
    read = messages.map(fromOpenAi);
  } catch (error) {
    throw new ServeError(400, "invalid_value", `a message cannot be read: ${String(error)}`, "messages");
  }
  if (tools === null || tools === undefined || tools.length === 0) return read;
  const offered = tools.map(({ function: { name, description, parameters } }) => ({
    name,
    description,
    ...(parameters !== undefined && { parameters }),
  }));
  const at = read.findIndex(({ role }) => role === "system" || role === "developer");
  const system: Message = { ...(read[at] ?? { role: "system", content: "" }), tools: offered };
  return at === -1 ? [system, ...read] : read.with(at, system);
}

function deltaOf(message: Message): object {
  const { role: _, tool_calls: calls, ...rest } = toOpenAi(message);
  return { ...rest, ...(calls && { tool_calls: calls.map((call, index) => ({ index, ...call })) }) };
}
