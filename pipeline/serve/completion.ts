import type { Capability, Generation, InfillRequest } from "../contract/model.js";
import { capabilityHints } from "../contract/capabilities.js";
import { PipelineError } from "../system/errors.js";
import type { Answer, Answering } from "./answering.js";
import { ServeError } from "./errors.js";
import { heldTo } from "./held.js";
import { completionLogprobs, listedTokens } from "./logprobs.js";
import type { CompletionRequest } from "./schema.js";
import { finishOf, settingsOf, usageOf } from "./writing.js";

/** How a text is gone on with, or a gap filled, as `POST /v1/completions` has it. */
export function answerCompletion(request: CompletionRequest, { models, id, signal }: Answering): Answer {
  const isTold = Object.keys(besideGap(request)).length > 0;
  const hasGap = isTold || (typeof request.suffix === "string" && request.suffix !== "");
  const held = heldTo(request);
  if (hasGap && held.can.length > 0)
    throw new ServeError(400, "unsupported", "what fills a gap is held to no grammar", "grammar");
  const logprobs = completionLogprobs(request);
  if (hasGap && logprobs !== null)
    throw new ServeError(400, "unsupported", "how likely tokens are is not told of what fills a gap", "logprobs");
  const can: Capability[] = hasGap ? ["infill"] : [...held.can, ...(logprobs === null ? [] : ["logprobs" as const])];
  const served = models.named(request.model, can);
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
              .infill({ prefix: text, suffix: request.suffix ?? "", ...besideGap(request), ...settings }, options)
              .catch(withoutGaps)
          : await models
              .find(served.ref, can)
              .generate({ prompt: text, ...settings, ...held.to, ...(logprobs !== null && { logprobs }) }, options);
      }),
    );
  };
  const choice = (
    index: number,
    written: string,
    {
      finish = null,
      logprobs: tokens,
    }: Partial<Pick<Generation, "logprobs">> & { finish?: Generation["finish"] | null },
  ) => ({
    index,
    text: written,
    logprobs: tokens === undefined ? null : listedTokens(tokens),
    finish_reason: finish === null ? null : finishOf(finish),
  });

  return {
    by: served,
    async whole() {
      const generations = await generate();
      const choices = generations.map((each, index) => choice(index, each.text, each));
      return { ...head, choices, usage: usageOf(generations) };
    },
    async stream(send) {
      const wantsUsage = request.stream_options?.include_usage === true;
      const tell = (index: number, written: string, end: Parameters<typeof choice>[2] = {}): void =>
        send({ ...head, choices: [choice(index, written, end)], ...(wantsUsage && { usage: null }) });
      const generations = await generate((index, written) => tell(index, written));
      for (const [index, generation] of generations.entries()) tell(index, "", generation);
      if (wantsUsage) send({ ...head, choices: [], usage: usageOf(generations) });
    },
  };
}

/** Which models have tokens for a gap, their files say: one without is asked for what it cannot do. */
function withoutGaps(error: unknown): never {
  const isLacking = error instanceof PipelineError && error.hint === capabilityHints.infill;
  throw isLacking ? new ServeError(400, "unsupported", error.message, "suffix") : error;
}

/** What is told of the project around a gap. */
function besideGap({
  path,
  files,
  repository,
}: CompletionRequest): Pick<InfillRequest, "path" | "files" | "repository"> {
  return {
    ...(typeof path === "string" && { path }),
    ...(files && { files: files.map(({ path: name, text }) => ({ path: name, text })) }),
    ...(typeof repository === "string" && { repository }),
  };
}
