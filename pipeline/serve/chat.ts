import type { Capability, Generation, Message, ModelInfo } from "../contract/model.js";
import { toOpenAi } from "../contract/openai-message.js";
import type { Answer, Answering } from "./answering.js";
import { ChatPieces } from "./chat-pieces.js";
import { ServeError } from "./errors.js";
import { heldTo } from "./held.js";
import { chatLogprobs, toldTokens } from "./logprobs.js";
import { messagesOf } from "./messages.js";
import type { ChatRequest } from "./schema.js";
import { callFormOf, callGrammar, offeredTools, withIds } from "./tools.js";
import { finishOf, settingsOf, usageOf } from "./writing.js";

/** What a conversation is answered with, as `POST /v1/chat/completions` has it. */
export function answerChat(request: ChatRequest, { models, id, signal }: Answering): Answer {
  const offered = offeredTools(request);
  const held = heldTo(request);
  if (offered.mustCall && held.can.length > 0)
    throw new ServeError(400, "invalid_value", "an answer calls a function or is held to something", "tool_choice");
  const logprobs = chatLogprobs(request);
  const can: Capability[] = [
    ...(offered.mustCall ? ["grammar" as const] : held.can),
    ...(logprobs === null ? [] : ["logprobs" as const]),
  ];
  const served = models.named(request.model, can);
  const messages = messagesOf(request, offered.tools);
  const head = { id: `chatcmpl-${id}`, created: Math.floor(Date.now() / 1000), model: served.name };
  const offersCalls = offered.tools.length > 0;

  const generate = async (info: ModelInfo, onText?: (index: number, text: string) => void): Promise<Generation[]> => {
    const form = offersCalls ? callFormOf(info, served.name) : null;
    const to = form !== null && offered.mustCall ? { grammar: callGrammar(offered, form) } : held.to;
    return await Promise.all(
      settingsOf(request, info.contextTokens).map(
        async (settings, index) =>
          await models
            .find(served.ref, can)
            .generate(
              { prompt: messages, ...settings, ...to, ...(logprobs !== null && { logprobs }) },
              { signal, ...(onText && { onToken: (text: string) => onText(index, text) }) },
            ),
      ),
    );
  };
  const messageOf = ({ message, text }: Generation): Message =>
    withIds(message ?? { role: "assistant", content: text }, offered);

  return {
    by: served,
    async whole() {
      const generations = await generate(await models.info(served));
      return {
        ...head,
        object: "chat.completion",
        choices: generations.map((generation, index) => ({
          index,
          message: { refusal: null, ...toOpenAi(messageOf(generation)) },
          logprobs: generation.logprobs === undefined ? null : toldTokens(generation.logprobs),
          finish_reason: reasonOf(generation),
        })),
        usage: usageOf(generations),
      };
    },
    async stream(send) {
      const info = await models.info(served);
      const wantsUsage = request.stream_options?.include_usage === true;
      const chunk = (index: number, delta: object, { finish = null, told = null }: ChunkEnd = {}): void =>
        send({
          ...head,
          object: "chat.completion.chunk",
          choices: [{ index, delta, logprobs: told, finish_reason: finish }],
          ...(wantsUsage && { usage: null }),
        });
      const answers = new Map<number, ChatPieces>();
      /** Before anything is there to be said, a request can still be refused whole. */
      const begun = (index: number): ChatPieces => {
        const known = answers.get(index);
        if (known !== undefined) return known;
        const pieces = new ChatPieces(info, offersCalls);
        answers.set(index, pieces);
        chunk(index, { role: "assistant", content: "" });
        return pieces;
      };
      const generations = await generate(info, (index, text) => {
        for (const delta of begun(index).read(text)) chunk(index, delta);
      });
      for (const [index, generation] of generations.entries()) {
        for (const delta of begun(index).end(messageOf(generation))) chunk(index, delta);
        const told = generation.logprobs === undefined ? null : toldTokens(generation.logprobs);
        chunk(index, {}, { finish: reasonOf(generation), told });
      }
      if (wantsUsage) send({ ...head, object: "chat.completion.chunk", choices: [], usage: usageOf(generations) });
    },
  };
}

/** What only the last piece of an answer has. */
interface ChunkEnd {
  readonly finish?: string | null;
  readonly told?: object | null;
}

function reasonOf({ message, finish }: Generation): string {
  return message?.toolCalls === undefined ? finishOf(finish) : "tool_calls";
}
