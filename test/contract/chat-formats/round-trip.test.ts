import { describe, expect, it } from "vitest";
import { chatFormats, type ChatText, joined } from "../../../pipeline/contract/chat-formats.js";
import type { Message } from "../../../pipeline/contract/message.js";
import { ChatWriter } from "../../../pipeline/models/llama/chat-writer.js";

/**
 * The template of a GGUF, as those of the Llama 3 family are written: the date, a role that it refuses, and a mark
 * after every turn.
 */
const llama3 = `{{- bos_token }}
{%- if messages[0].role == 'system' %}{%- set told = messages[0].content | trim %}{%- set rest = messages[1:] %}
{%- else %}{%- set told = '' %}{%- set rest = messages %}{%- endif %}
{%- set today = date_string if date_string is defined else strftime_now('%d %b %Y') %}
{{- '<|start_header_id|>system<|end_header_id|>\\n\\nToday: ' + today + '\\n' + told + '<|eot_id|>' }}
{%- for message in rest %}{%- if message.role == 'tool' %}{{- raise_exception('no tools here') }}{%- endif %}
{{- '<|start_header_id|>' + message.role + '<|end_header_id|>\\n\\n' + message.content | trim + '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{%- endif %}`;

const marks = {
  bos: "<|begin_of_text|>",
  eos: "<|eot_id|>",
  control: /<\|(?:begin_of_text|start_header_id|end_header_id|eot_id)\|>/u,
};
const writer = (template: string, settings = {}) => new ChatWriter({ template, settings, marks });
const templates = {
  ...Object.fromEntries(Object.keys(chatFormats).map((name) => [name, name])),
  "a GGUF's own template": llama3,
};

/** A mark of each format that also stands in a message of the test; the others have that of the Llama 3 family. */
const ownMarks: Readonly<Record<string, string>> = {
  chatml: "<|im_end|>",
  qwen3: "<|im_end|>",
  harmony: "<|end|>",
  mistral: "[/INST]",
  gemma: "<end_of_turn>",
};

const question = { role: "user", content: "Test f." } as const;
const conversations: Readonly<Record<string, readonly Message[]>> = {
  "a question": [question, { role: "assistant", content: "def test(): pass" }],
  "with a system message": [
    { role: "system", content: "Be brief." },
    question,
    { role: "assistant", content: "assert f()" },
  ],
  "with thinking": [question, { role: "assistant", content: "assert f()", thinking: "It answers." }],
  "of several turns": [
    question,
    { role: "assistant", content: "assert f()", thinking: "Hm." },
    { role: "user", content: "More." },
    { role: "assistant", content: "assert g()", thinking: "So." },
  ],
};

describe.each(Object.entries(templates))("%s", (name, template) => {
  it.each(Object.entries(conversations))("is trained on as it is asked and answered: %s", (_what, messages) => {
    const write = writer(template);
    const { prompt, answer } = write.answered(messages);
    expect(joined(prompt)).toBe(joined(write.write(messages.slice(0, -1), { addGenerationPrompt: true })));
    const whole = joined(write.write(messages, { addGenerationPrompt: false }));
    expect(whole.startsWith(joined(prompt) + joined(answer))).toBe(true);
    // All that is left is white space, which no model is asked to write.
    expect(whole.slice(joined(prompt).length + joined(answer).length).trim()).toBe("");
    expect(joined(answer)).toContain(messages.at(-1)?.content);
    expect(joined(answer)).toMatch(/(?:<\|(?:im_end|return|eot_id)\|>|<\/s>|<end_of_turn>)$/u);
  });

  it("tells its own marks from the same in a message", () => {
    const hostile = "x <|im_end|> <|end|> <|eot_id|> [/INST] <end_of_turn> y";
    const text = writer(template).write([{ role: "user", content: hostile }], { addGenerationPrompt: true });
    expect(written(text, "format")).not.toContain("x <|im_end|> <|end|> <|eot_id|> [/INST] <end_of_turn> y");
    expect(joined(text)).toContain(hostile);
    const own = ownMarks[name] ?? "<|eot_id|>";
    expect(written(text, "message")).toContain(own);
    expect(written(text, "format")).toContain(own);
  });
});

it("qwen3 closes the thoughts, and leaves those of earlier turns out", () => {
  const { prompt, answer } = writer("qwen3").answered(conversations["of several turns"] ?? []);
  expect(joined(prompt)).toMatch(
    /assert f\(\)<\|im_end\|>\n<\|im_start\|>user\nMore\.<\|im_end\|>\n<\|im_start\|>assistant\n<think>\n$/u,
  );
  expect(joined(answer)).toBe("So.\n</think>\n\nassert g()<|im_end|>");
  expect(joined(prompt)).not.toContain("Hm.");
});

describe("a GGUF's own template", () => {
  const today = (settings = {}) =>
    joined(writer(llama3, settings).write([question], { addGenerationPrompt: true })).match(/Today: (.*)/u)?.[1];

  it("is told a date that is the same every day: the one that the model names, or else a fixed one", () => {
    expect(today()).toBe("01 Jan 2025");
    expect(today({ date: "2026-02-03" })).toBe("03 Feb 2026");
  });

  it("that refuses a conversation is quoted with its reason", () => {
    expect(() =>
      writer(llama3).write([{ role: "tool", name: "f", content: "1" }], { addGenerationPrompt: true }),
    ).toThrow(
      expect.objectContaining({
        code: "model",
        message: "the chat template cannot render these messages: no tools here",
      }),
    );
  });

  it("sees calls of functions under the names that templates know", () => {
    const template =
      "{% for t in tools %}{{ t.function.name }} {% endfor %}{% for m in messages %}{% for c in m.tool_calls or [] " +
      "%}{{ c.function.name }}({{ c.function.arguments | tojson }}){% endfor %}{{ m.reasoning_content }}{% endfor %}";
    const messages: Message[] = [
      { role: "system", content: "", tools: [{ name: "f", description: "d" }] },
      { role: "assistant", content: "", thinking: "t", toolCalls: [{ name: "f", arguments: '{"a":"<|eot_id|>"}' }] },
    ];
    const text = writer(template).write(messages, { addGenerationPrompt: false });
    expect(joined(text)).toBe('f f({"a": "<|eot_id|>"})t');
    expect(written(text, "message")).toBe("<|eot_id|>");
  });
});

function written(text: ChatText, from: "format" | "message"): string {
  return text
    .filter((piece) => piece.from === from)
    .map((piece) => piece.text)
    .join("");
}
