import type { Generation } from "../contract/model.js";
import type { Answer, Answering } from "./answering.js";
import { ServeError } from "./errors.js";
import { heldTo } from "./held.js";
import type { CompletionRequest } from "./schema.js";
import { finishOf, settingsOf, usageOf } from "./writing.js";

/** How a text is gone on with, or a gap filled, as `POST /v1/completions` has it. */
export function answerCompletion(request: CompletionRequest, { models, id, signal }: Answering): Answer {
  const hasGap = typeof request.suffix === "string" && request.suffix !== "";
  const held = heldTo(request);
  if (hasGap && held.can.length > 0)
    throw new ServeError(400, "unsupported", "what fills a gap is held to no grammar", "grammar");
  const served = models.named(request.model, hasGap ? ["infill"] : held.can);
  const [text = ""] = [request.prompt].flat();
  const head = {
    id: `cmpl-${id}`,
    object: "text_completion",
    created: Math.floor(Date.now() / 1000),
    model: served.name,
  };

  const generate = async (onText?: (index: number, text: string) => void): Promise<Generation[]> => {
    const { contextTokens } = await models.info(served);
    return await Promise.all(
      settingsOf(request, contextTokens).map(async (settings, index) => {
        const options = { signal, ...(onText && { onToken: (piece: string) => onText(index, piece) }) };
        return hasGap
          ? await models
              .find(served.ref, ["infill"])
              .infill({ prefix: text, suffix: request.suffix ?? "", ...settings }, options)
          : await models.find(served.ref, held.can).generate({ prompt: text, ...settings, ...held.to }, options);
      }),
    );
  };
  const choice = (index: number, written: string, finish: Generation["finish"] | null) => ({
    index,
    text: written,
    logprobs: null,
    finish_reason: finish === null ? null : finishOf(finish),
  });

  return {
    async whole() {
      const generations = await generate();
      const choices = generations.map((each, index) => choice(index, each.text, each.finish));
      return { ...head, choices, usage: usageOf(generations) };
    },
    async stream(send) {
      const wantsUsage = request.stream_options?.include_usage === true;
      const tell = (index: number, written: string, finish: Generation["finish"] | null): void =>
        send({ ...head, choices: [choice(index, written, finish)], ...(wantsUsage && { usage: null }) });
      const generations = await generate((index, written) => tell(index, written, null));
      for (const [index, { finish }] of generations.entries()) tell(index, "", finish);
      if (wantsUsage) send({ ...head, choices: [], usage: usageOf(generations) });
    },
  };
}
