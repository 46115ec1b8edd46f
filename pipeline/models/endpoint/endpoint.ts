import { answerMessage } from "../../contract/chat-formats.js";
import type { MethodsOf } from "../../contract/capabilities.js";
import type { GenerateOptions, Generation, InfillRequest } from "../../contract/model.js";
import { fromOpenAi } from "../../contract/openai-message.js";
import type { ServiceContext } from "../../contract/service.js";
import { createStopWithin } from "../../system/abort.js";
import { PipelineError } from "../../system/errors.js";
import { type FullRequest, infillWithDefaults, seedOf, servedKey, withDefaults } from "../generation-key.js";
import type { AskedFor, RunningModel } from "../running.js";
import { isAble } from "./abilities.js";
import type { ServedAnswer } from "./answer.js";
import { AskedServer } from "./asked-server.js";
import type { Tokens } from "./budget.js";
import { EndpointClient } from "./client.js";
import { dialectOf } from "./dialect.js";
import { questionOf } from "./question.js";
import type { EndpointModel } from "./resolve.js";
import { EndpointTokens } from "./tokens.js";

/** A model that a server answers for. Nothing is sent before it is asked for something. */
export function createEndpointModel(ref: string, resolved: EndpointModel, given: ServiceContext): RunningModel {
  const { stop, release } = createStopWithin(given.signal);
  const context = { ...given, signal: stop.signal };
  const server = new AskedServer(ref, resolved, context);
  const client = new EndpointClient(resolved, resolved.endpoint);
  const tokens = new EndpointTokens(ref, resolved, client, context);
  const { endpoint, identity } = resolved;
  const dialect = dialectOf(endpoint.server ?? identity.server);
  const can = isAble(resolved);
  const contextTokens = resolved.contextTokens ?? identity.contextTokens;

  const write = async (
    full: FullRequest,
    { onToken, signal, asker }: GenerateOptions & AskedFor = {},
  ): Promise<Generation> => {
    const key = servedKey(full, resolved);
    const seed = seedOf(given.seed, key, full);
    const about = { model: identity.model, seed, dialect, extra: endpoint.body ?? {}, ref };
    const question = questionOf(full, about);
    const started = performance.now();
    if (full.prefill !== "") onToken?.(full.prefill);
    const onText = onToken && ((text: string) => void (signal?.aborted === true || onToken(text)));
    const { value, remembered } = await given.memo.remember<Answered>(
      [key, seed],
      async (shared) => {
        const most = question.promptBound + full.maxTokens;
        const room = contextTokens === null ? null : await tokens.roomFor(full, { most, contextTokens });
        const maxTokens = Math.min(full.maxTokens, room ?? Infinity);
        const sent = maxTokens === full.maxTokens ? question : questionOf({ ...full, maxTokens }, about);
        const asked = await server.ask(sent, maxTokens, {
          signal: shared,
          ...(onText && { onText }),
          ...(asker && { asker }),
        });
        if (full.schema !== undefined) requireJson(asked.answer, ref);
        return written(asked, { prefill: full.prefill, isChat: question.path === "chat/completions" });
      },
      signal,
    );
    if (remembered) onToken?.(value.text.slice(full.prefill.length));
    return { ...value, seconds: remembered ? 0 : (performance.now() - started) / 1000, remembered };
  };

  return {
    capacity: () => server.most,
    need: () => null,
    heldBytes: () => 0,
    allow: async () => undefined,
    model: {
      ref,
      generate: async (request, options) => await write(withDefaults(request), options),
      ...(can.includes("infill") && {
        infill: async (request: InfillRequest, options?: GenerateOptions & AskedFor) =>
          await write(infillWithDefaults(request), options),
      }),
      ...(can.includes("tokens") && tokenMethods(tokens)),
      ...(can.includes("template") && templateMethods(tokens)),
      info: async () => ({
        name: identity.model,
        sha256: resolved.sha256 ?? resolved.hash,
        licence: resolved.licence,
        contextTokens: contextTokens ?? 4096,
        bytes: 0,
        chatTemplate: null,
        chatFormat: null,
        backend: "endpoint",
        served: { url: resolved.url, server: endpoint.server ?? identity.server, facts: identity.facts },
        ...(resolved.insteadOf !== undefined && { insteadOf: resolved.insteadOf }),
      }),
    },
    async close() {
      stop.abort();
      release();
      await Promise.all([server.close(), client.close()]);
    },
  };
}

function tokenMethods(tokens: EndpointTokens): MethodsOf<"tokens"> {
  return {
    countTokens: async (texts) => await tokens.countTokens(texts),
    controlTokens: async () => await tokens.controlTokens(),
    conversationTokens: async (conversations) => await tokens.conversationTokens(conversations),
  };
}

function templateMethods(tokens: EndpointTokens): MethodsOf<"template"> {
  return {
    renderChat: async (messages, options) => await tokens.renderChat(messages, options?.addGenerationPrompt ?? false),
    renderAnswered: async (conversations) => await tokens.renderAnswered(conversations),
  };
}

/** A server may take a schema and make nothing of it. Throws a PipelineError (unanswered) where that shows. */
function requireJson({ content, finish }: ServedAnswer, ref: string): void {
  if (finish === "length") return;
  try {
    JSON.parse(content);
  } catch (error) {
    throw new PipelineError(`the server of the model "${ref}" did not hold its answer to the JSON schema`, {
      code: "unanswered",
      hint: "ask a server that takes response_format: json_schema, or leave the schema out",
      cause: error,
    });
  }
}

/** What is remembered of an answer. */
type Answered = Omit<Generation, "seconds" | "remembered">;

/** An answer as every backend gives it: what it was made to begin with is part of it. */
function written(
  { answer, tokens }: { readonly answer: ServedAnswer; readonly tokens: Tokens },
  { prefill, isChat }: { readonly prefill: string; readonly isChat: boolean },
): Answered {
  // Some servers repeat what they were given to begin with.
  const content = answer.content.startsWith(prefill) ? answer.content : prefill + answer.content;
  const text = answer.thinking === "" ? content : `<think>\n${answer.thinking}\n</think>\n\n${content}`;
  return {
    text,
    ...(isChat && {
      message:
        answer.thinking === "" && answer.toolCalls.length === 0
          ? answerMessage(content)
          : fromOpenAi({
              role: "assistant",
              content,
              reasoning_content: answer.thinking,
              tool_calls: answer.toolCalls.map(({ id, ...called }) => ({
                type: "function",
                function: called,
                ...(id !== undefined && { id }),
              })),
            }),
    }),
    tokens,
    finish: answer.finish,
  };
}
