import { Environment, Interpreter, Template } from "@huggingface/jinja";
import { PipelineError } from "../../system/errors.js";
import type { Message } from "../message.js";
import type { ChatPiece, ChatText } from "./chat-text.js";
import { fixedDate, strftime } from "./fixed-date.js";
import type { ChatSettings } from "./format.js";

/** What a model brings that its own chat template writes with. */
export interface ModelMarks {
  readonly bos: string;
  readonly eos: string;
  /** Its control tokens, in a message's text: these stay text. */
  readonly control: RegExp;
}

/** The messages as a Jinja chat template writes them, with or without the opening of an answer. */
export function renderJinja(
  template: string,
  messages: readonly Message[],
  {
    marks: { bos, eos, control },
    settings: { reasoning, date },
    addGenerationPrompt,
  }: {
    readonly marks: ModelMarks;
    readonly settings: ChatSettings;
    readonly addGenerationPrompt: boolean;
  },
): ChatText {
  const mask = new Mask(messages, control);
  const tools = messages.flatMap((message) => message.tools ?? []);
  try {
    const text = render(template, {
      messages: messages.filter(saysSomething).map((message) => mask.hide(jinjaMessage(message))),
      ...(tools.length > 0 && { tools: mask.hide(tools.map((tool) => ({ type: "function", function: tool }))) }),
      add_generation_prompt: addGenerationPrompt,
      bos_token: bos,
      eos_token: eos,
      strftime_now: (format: string) => strftime(date ?? fixedDate, format),
      ...(date !== undefined && { date_string: strftime(date, "%d %b %Y") }),
      ...(reasoning !== undefined && { reasoning_effort: reasoning }),
    });
    return mask.show(text);
  } catch (error) {
    throw new PipelineError(
      `the chat template cannot render these messages: ${error instanceof Error ? error.message : String(error)}`,
      {
        code: "model",
        hint: "choose another with `chatTemplate` of the model, such as chatml",
        cause: error,
      },
    );
  }
}

/** What every template may use. Template.render of the library has a clock among it, which cannot be replaced. */
const globals = {
  true: true,
  True: true,
  false: false,
  False: false,
  none: null,
  None: null,
  range(start: number, stop?: number, step = 1): number[] {
    const [from, to] = stop === undefined ? [0, start] : [start, stop];
    return Array.from({ length: Math.max(0, Math.ceil((to - from) / step)) }, (_, index) => from + index * step);
  },
  raise_exception(reason: string): never {
    throw new Error(reason);
  },
};

function render(template: string, variables: Readonly<Record<string, unknown>>): string {
  const environment = new Environment();
  for (const [name, value] of Object.entries({ ...globals, ...variables })) environment.set(name, value);
  return String(new Interpreter(environment).run(new Template(template).parsed).value);
}

/** A system message that does nothing but offer functions would take the place of the template's own. */
function saysSomething({ role, content, tools }: Message): boolean {
  return role !== "system" || content !== "" || tools === undefined;
}

/** A message under the names that templates know. */
function jinjaMessage({ role, content, thinking, toolCalls, name }: Message): Record<string, unknown> {
  return {
    role,
    content,
    ...(thinking !== undefined && { thinking, reasoning_content: thinking }),
    ...(toolCalls !== undefined && {
      tool_calls: toolCalls.map(({ name: called, arguments: given }) => ({
        type: "function",
        function: { name: called, arguments: parsed(given) },
      })),
    }),
    ...(name !== undefined && { name }),
  };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return json;
  }
}

/** Hides control tokens of messages from a template, so that what it writes itself can be told from what it repeats. */
class Mask {
  readonly #hidden: string[] = [];
  readonly #border: string;

  constructor(
    messages: readonly Message[],
    private readonly control: RegExp,
  ) {
    // A character of the private use area that none of the messages holds.
    const used = JSON.stringify(messages);
    this.#border =
      Array.from({ length: 0x1900 }, (_, index) => String.fromCodePoint(0xe000 + index)).find(
        (candidate) => !used.includes(candidate),
      ) ?? "\u{f0000}";
  }

  hide<T>(value: T): T {
    if (typeof value === "string") return this.#hideIn(value) as T;
    if (Array.isArray(value)) return value.map((each: unknown) => this.hide(each)) as T;
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, this.hide(each)])) as T;
  }

  #hideIn(text: string): string {
    return text.replaceAll(
      new RegExp(this.control, "gu"),
      (token) => `${this.#border}${this.#hidden.push(token) - 1}${this.#border}`,
    );
  }

  show(text: string): ChatText {
    // Every second part stood between two borders.
    const pieces = text.split(this.#border).map((part, index): ChatPiece => {
      const hidden = index % 2 === 1 ? this.#hidden[Number(part)] : undefined;
      return hidden === undefined ? { text: part, from: "format" } : { text: hidden, from: "message" };
    });
    return pieces.filter((piece) => piece.text !== "");
  }
}
