import type { LlamaModel, Token } from "node-llama-cpp";
import type { TokenChance, WrittenToken } from "../../contract/writing.js";

/** The tokens that are drawn one after the other, each told with how likely all were that could be. */
export async function* tokensOf(
  drawn: AsyncIterable<{ readonly token: Token; readonly probabilities: ReadonlyMap<Token, number> }>,
  tell: (token: Token, chances: ReadonlyMap<Token, number>) => void,
): AsyncGenerator<Token> {
  for await (const { token, probabilities } of drawn) {
    tell(token, probabilities);
    yield token;
  }
}

/**
 * A token as it was drawn, with the likeliest in its place.
 *
 * @param chances of all tokens that could be drawn, the likeliest first
 */
export function writtenToken(
  model: LlamaModel,
  token: Token,
  { chances, top }: { readonly chances: ReadonlyMap<Token, number>; readonly top: number },
): WrittenToken {
  const chanceOf = ([each, chance]: readonly [Token, number]): TokenChance => ({
    text: model.detokenize([each], true),
    // A token that was all but certain, or all but impossible: JSON has no infinities.
    logprob: Math.max(-9999, Math.log(chance)),
  });
  const likeliest: TokenChance[] = [];
  for (const entry of chances) {
    if (likeliest.length >= top) break;
    likeliest.push(chanceOf(entry));
  }
  return { ...chanceOf([token, chances.get(token) ?? 0]), top: likeliest };
}
