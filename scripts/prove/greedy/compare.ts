import type { Message } from "../../../pipeline/contract/model.js";
import type { ServiceContext } from "../../../pipeline/contract/service.js";
import { Logits } from "./logits.js";
import type { ReferenceAnswer } from "./reference.js";
import { type Form, withModel } from "./with-model.js";

/** A form in which llama.cpp runs the student. */
export interface Variant {
  readonly name: string;
  readonly form: Form;
  /** Why its tokens may differ from the reference's. */
  readonly mayDiffer: "ties" | "quantised arithmetic";
}

interface LlamaAnswer {
  /** Tokens of the prompt. */
  readonly prompt: readonly number[];
  readonly text: string;
  /** How many tokens the answer has. */
  readonly count: number;
}

/** What two programs write with the same weights, compared token by token. */
export interface Comparison {
  readonly variant: Variant;
  readonly prompts: number;
  /** Prompts that are the same tokens in both. */
  readonly samePrompts: number;
  /** Tokens of transformers' answers. */
  readonly tokens: number;
  readonly differences: readonly Difference[];
}

interface Difference {
  /** Which prompt, from 0. */
  readonly prompt: number;
  /** Which token of the answer is the first that differs, from 0. */
  readonly place: number;
  readonly expected: string;
  readonly written: string;
  /**
   * Logit of the token that transformers prefers less that of the other; null where the other is unlikely beyond what
   * is known.
   */
  readonly margin: number | null;
  readonly llamaMargin: number | null;
}

/** Greedy answers through the backend that stages ask. */
export async function answersOf(
  form: Form,
  prompts: readonly (readonly Message[])[],
  { maxTokens, threads }: { readonly maxTokens: number; readonly threads: number },
  context: ServiceContext,
): Promise<LlamaAnswer[]> {
  return await withModel({ ...form, threads }, context, async (model) => {
    const tokens = await model.conversationTokens(
      prompts.map((prompt) => [...prompt, { role: "assistant", content: "x" }]),
    );
    return await Promise.all(
      prompts.map(async (prompt, index): Promise<LlamaAnswer> => {
        const {
          text,
          tokens: { generated },
        } = await model.generate({ prompt, sampling: { temperature: 0 }, maxTokens });
        return { prompt: tokens[index]?.prompt ?? [], text, count: generated };
      }),
    );
  });
}

/** Holds answers against the reference; of each that differs, the first place, with both margins there. */
export async function compare(
  variant: Variant,
  reference: readonly ReferenceAnswer[],
  answers: readonly LlamaAnswer[],
  context: ServiceContext,
): Promise<Comparison> {
  const differing = reference.flatMap((expected, prompt) => {
    const answer = answers[prompt];
    return answer === undefined || (answer.text === expected.text && answer.count === expected.tokens.length)
      ? []
      : [{ prompt, expected, answer }];
  });
  const logits = differing.length === 0 ? null : await Logits.open(variant.form, context);
  try {
    const differences: Difference[] = [];
    for (const { prompt, expected, answer } of differing)
      differences.push({ prompt, ...(await firstDifference(expected, answer, logits)) });
    const samePrompts = reference.filter(
      (expected, index) => JSON.stringify(expected.prompt) === JSON.stringify(answers[index]?.prompt),
    ).length;
    return {
      variant,
      prompts: reference.length,
      samePrompts,
      tokens: reference.reduce((sum, { tokens }) => sum + tokens.length, 0),
      differences,
    };
  } finally {
    await logits?.close();
  }
}

async function firstDifference(
  { prompt, tokens, best }: ReferenceAnswer,
  answer: LlamaAnswer,
  logits: Logits | null,
): Promise<Omit<Difference, "prompt">> {
  if (logits === null) throw new Error("no model to ask for logits");
  // llama.cpp is asked for its choice after each of the reference's tokens, up to the first that it would not have
  // written.
  for (let place = 0; place < best.length; place += 1) {
    const written = logits.text(tokens.slice(0, place));
    if (place < tokens.length && answer.text.startsWith(logits.text(tokens.slice(0, place + 1)))) continue;
    const preferred = best[place]?.[0]?.[0] ?? -1;
    const found = await logits.after([...prompt, ...tokens.slice(0, place)], [preferred]);
    const chosen = found.likeliest === preferred ? found.second : found.likeliest;
    return {
      place,
      expected: logits.text([preferred]),
      written: answer.text.slice(written.length, written.length + 24),
      margin: marginOf(new Map(best[place]), preferred, chosen),
      llamaMargin: marginOf(found.logits, preferred, chosen),
    };
  }
  return {
    place: best.length,
    expected: "",
    written: answer.text.slice(logits.text(tokens).length),
    margin: null,
    llamaMargin: null,
  };
}

function marginOf(logits: ReadonlyMap<number, number>, preferred: number, chosen: number): number | null {
  const [one, other] = [logits.get(preferred), logits.get(chosen)];
  return one === undefined || other === undefined ? null : one - other;
}
