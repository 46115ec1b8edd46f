import { PipelineError } from "../../pipeline/errors.js";
import { contentHash, type Example, type Split } from "../../pipeline/records.js";
import type { Context, DiskIndex, Input } from "../../pipeline/stage.js";
import { HeldOutTexts } from "./held-out.js";
import { type Features, featuresOf } from "./minhash.js";

/** In this order: what stands in a later split gives way to what stands in an earlier one. */
const order = ["test", "val", "train"] as const satisfies readonly Split[];

/** A text with fewer token pairs says too little to be a copy of another. */
const fewestFeatures = 8;

/** A round misses a pair with a probability of 0.0005 at most, and two rounds with the square of it. */
const mostRounds = 6;

/**
 * Finds the examples that equal an example that is held out, or whose code (of the prompt, or of the response) is near-identical to
 * that of one: those of train like one of val or test, those of val like one of test. Answers the reasons, by id of the example.
 * Every round uses hash functions of its own; the last one found nothing: that is the check of what the others did.
 */
export async function dropNearDuplicates(
  examples: Input<Example>,
  splitFor: (example: Example) => Split,
  threshold: number,
  context: Pick<Context, "index" | "progress" | "seed">,
): Promise<DiskIndex> {
  const dropped = context.index();
  for (let round = 0, found = 1; found > 0 || round < 2; round += 1) {
    if (round === mostRounds) {
      throw new PipelineError(`near-identical examples were still found in two splits after ${mostRounds} rounds of looking for them`, { code: "stage", hint: "raise the threshold of the split" });
    }
    found = 0;
    const heldOut = new HeldOutTexts(threshold, context.seed + round, context);
    for (const [position, split] of order.entries()) {
      let read = 0;
      for await (const example of examples) {
        read += 1;
        context.progress((round * order.length + position) * examples.count + read, (Math.max(2, round + 1) * order.length + 1) * examples.count);
        if (splitFor(example) !== split || dropped.get(example.id) !== undefined) continue;
        const texts = textsOf(example);
        const content = contentHash(example, { ignore: "whitespace" });
        const original = split === "test" ? undefined : heldOut.find(content, texts);
        if (original !== undefined) {
          dropped.set(example.id, `near-duplicate of ${original.id} in ${original.split}`);
          found += 1;
        } else if (split !== "train") {
          heldOut.add(content, texts, { id: example.id, split });
        }
      }
    }
  }
  return dropped;
}

/** What is compared: the code of the prompt, and that of the response, each with its like. */
function textsOf({ prompt, response }: Example): Map<"prompt" | "response", Features> {
  const texts = new Map([["prompt", featuresOf(prompt)], ["response", featuresOf(response)]] as const);
  for (const [name, features] of texts) if (features.length < fewestFeatures) texts.delete(name);
  return texts;
}
