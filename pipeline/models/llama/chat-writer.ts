import {
  type AskedAndAnswered,
  askedAndAnswered,
  type ChatFormat,
  type ChatFormatName,
  chatFormats,
  type ChatSettings,
  type ChatText,
  conversationText,
  joined,
  promptText,
  renderJinja,
  sliced,
} from "../../contract/chat-formats.js";
import type { ModelMarks } from "../../contract/chat-formats/jinja.js";
import { PipelineError } from "../../system/errors.js";
import type { Message } from "../../contract/model.js";

/** The name of a format that ships; null for a Jinja template. */
export function formatNamed(chatTemplate: string | null): ChatFormatName | null {
  return chatTemplate !== null && Object.hasOwn(chatFormats, chatTemplate) ? (chatTemplate as ChatFormatName) : null;
}

/** Writes conversations for one model: in a format that ships, or with a Jinja template, the model's own or another. */
export class ChatWriter {
  readonly #format: ChatFormat | null;

  constructor(
    private readonly options: {
      /** The name of a format that ships, or a whole Jinja template; null where the model brings none. */
      readonly template: string | null;
      readonly settings: ChatSettings;
      readonly marks: ModelMarks;
    },
  ) {
    const name = formatNamed(options.template);
    this.#format = name === null ? null : chatFormats[name];
  }

  write(messages: readonly Message[], { addGenerationPrompt }: { readonly addGenerationPrompt: boolean }): ChatText {
    const { settings, marks } = this.options;
    if (this.#format === null) return renderJinja(this.#template, messages, { marks, settings, addGenerationPrompt });
    return addGenerationPrompt
      ? promptText(this.#format, messages, settings)
      : conversationText(this.#format, messages, settings);
  }

  /** The prompt as the model is asked with it, and the answer apart from it, as the model would write it. */
  answered(messages: readonly Message[]): AskedAndAnswered {
    if (messages.at(-1)?.role !== "assistant")
      throw new PipelineError("the conversation does not end with an answer", { code: "stage" });
    const parts =
      this.#format === null ? this.#cut(messages) : askedAndAnswered(this.#format, messages, this.options.settings);
    if (parts === null) {
      throw new PipelineError(
        "the chat template does not write an answer after its prompt, so that its tokens cannot be told",
        {
          code: "model",
          hint: "name a format with `chatTemplate` of the model, such as chatml",
        },
      );
    }
    return parts;
  }

  /**
   * What the template writes for the whole, cut where it ends for the question alone, and after the mark that ends an
   * answer.
   */
  #cut(messages: readonly Message[]): AskedAndAnswered | null {
    const prompt = this.write(messages.slice(0, -1), { addGenerationPrompt: true });
    const whole = this.write(messages, { addGenerationPrompt: false });
    const asked = joined(prompt);
    if (!joined(whole).startsWith(asked)) return null;
    const answer = sliced(whole, asked.length);
    return { prompt, answer: sliced(answer, 0, endOf(answer, this.options.marks.eos)) };
  }

  /** What stands between a prompt and a text that its answer is made to begin with. */
  get beforePrefill(): string {
    return this.#answerFormat?.beforePrefill ?? "";
  }

  /** Reads answers that are more than their text: in channels. null where an answer is its text. */
  get read(): ChatFormat["read"] | null {
    return this.#answerFormat?.read ?? null;
  }

  /** Reads such answers as messages. */
  get message(): ChatFormat["message"] | null {
    return this.#answerFormat?.message ?? null;
  }

  /** A template of a model's own that writes channels is answered in them, too. */
  get #answerFormat(): ChatFormat | null {
    return this.#format ?? (this.options.template?.includes("<|channel|>") === true ? chatFormats.harmony : null);
  }

  get #template(): string {
    if (this.options.template === null) {
      throw new PipelineError("this model brings no chat template", {
        code: "model",
        hint: "name one with `chatTemplate` of the model, such as chatml, or ask it with a raw completion",
      });
    }
    return this.options.template;
  }
}

/**
 * Where the template's last mark of an end stops; the end of the text where there is none. Templates put a line feed
 * after it, which no model is asked to write.
 */
function endOf(text: ChatText, mark: string): number {
  let place = 0;
  let end = Infinity;
  for (const piece of text) {
    const found = piece.from === "format" && mark !== "" ? piece.text.lastIndexOf(mark) : -1;
    if (found !== -1) end = place + found + mark.length;
    place += piece.text.length;
  }
  return end;
}
