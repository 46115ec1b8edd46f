import { z } from "zod";
import { reason } from "../../pipeline/contract/reasons.js";
import { Example } from "../../pipeline/contract/records.js";
import { modelRef } from "../../pipeline/contract/reference.js";
import { defineStage } from "../../pipeline/contract/stage.js";
import { partsOf } from "./fit/parts.js";
import { definitionPatterns, outlineRules } from "./lib/outlines.js";

/**
 * A row that is too long for a model would be cut in training, somewhere: here it becomes several rows, at the borders
 * of its top-level definitions, each with the imports and directives that all of them need. What fits stays as it is.
 */
export default defineStage({
  name: "fit",
  summary: "Divides snippets that are too long at their top-level definitions, each part with the head of the file",
  version: 1,
  reads: Example,
  writes: Example,
  parallel: "record",
  partition: 256,
  needs: ["model"],
  options: z.strictObject({
    tokenizer: modelRef({ can: ["tokens"] }).describe("Model whose own tokenizer counts"),
    maxTokens: z.int().min(16).describe("Tokens of the longest row: its question, its answer and what a chat adds"),
    spare: z
      .int()
      .min(0)
      .default(128)
      .describe(
        "Of these, what is kept for the question and the marks of the chat: what `describe` writes is not there yet",
      ),
    definitions: definitionPatterns,
  }),

  async *run(examples, { tokenizer, maxTokens, spare, definitions }, context) {
    const model = context.model(tokenizer);
    const count = async (texts: readonly string[]) => await model.countTokens(texts);
    const most = maxTokens - spare;
    for await (const example of examples) {
      context.signal.throwIfAborted();
      const { response, language, source, labels } = example;
      if (example.messages !== undefined) {
        yield example; // a conversation is whole, or none
        continue;
      }
      const parts = await partsOf(response, { rules: outlineRules(language, definitions), most, count });
      const [only] = parts;
      if (parts.length === 1 && only !== undefined && only.text === response && only.tokens <= most) {
        yield example;
        continue;
      }
      const fitting = parts.filter(({ tokens }) => tokens <= most);
      if (fitting.length === 0) {
        const text = `too long: ${only?.tokens ?? 0} tokens, at most ${most} are wanted, and it cannot be divided`;
        context.drop(example, reason("too-long", text, "name what a definition begins with under `definitions`"));
        continue;
      }
      for (const { tokens, lines } of parts)
        if (tokens > most)
          context.reject(
            { lines },
            example,
            reason("too-long", `lines ${lines.join(" to ")}: ${tokens} tokens, at most ${most} are wanted`),
          );
      for (const [index, part] of fitting.entries())
        yield Example.derive(example, {
          response: part.text,
          labels: { ...labels, part: index + 1, parts: fitting.length },
          source: source === null ? null : { ...source, lines: placed(part.lines, source.lines) },
        });
    }
  },
});

/** Lines of a part in the file: the text began at the first line of its source. */
function placed([from, to]: readonly [number, number], [first]: readonly [number, number] = [1, 1]): [number, number] {
  return [first + from - 1, first + to - 1];
}
