import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as breathe } from "node:timers/promises";
import type { Tokenizer } from "@huggingface/tokenizers";
import { z } from "zod";
import type { AskedAndAnswered, ChatText } from "../../contract/chat-formats.js";
import type { ConversationTokens, Message } from "../../contract/model.js";
import { PipelineError } from "../../system/errors.js";
import { ChatWriter } from "../llama/chat-writer.js";

const Mark = z.union([z.string(), z.object({ content: z.string() }).transform(({ content }) => content)]).nullish();
const Template = z.union([
  z.string(),
  z
    .array(z.object({ name: z.string(), template: z.string() }))
    .transform((all) => (all.find(({ name }) => name === "default") ?? all[0])?.template ?? null),
]);
const Config = z.object({
  bos_token: Mark.catch(null),
  eos_token: Mark.catch(null),
  chat_template: Template.nullish().catch(null),
});
const Vocabulary = z.looseObject({
  added_tokens: z
    .array(z.looseObject({ id: z.int(), content: z.string(), special: z.boolean().default(false) }))
    .default([]),
});

/** Texts as the tokens that a model reads, by the tokenizer of its repository. */
export class TextTokenizer {
  /** The control tokens of the vocabulary, as they are written. */
  readonly control: readonly string[];
  readonly #plain: Tokenizer;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #marks: RegExp;
  readonly #chat: ChatWriter;

  private constructor(
    plain: Tokenizer,
    ids: ReadonlyMap<string, number>,
    { bos_token: bos, eos_token: eos, chat_template: template }: z.infer<typeof Config>,
  ) {
    this.#plain = plain;
    this.#ids = ids;
    this.control = [...ids.keys()];
    const longestFirst = this.control.toSorted((one, other) => other.length - one.length).map(escaped);
    // Without any, what matches nothing.
    this.#marks = new RegExp(longestFirst.join("|") || "(?!)", "u");
    this.#chat = new ChatWriter({
      template: template ?? null,
      settings: {},
      marks: { bos: bos ?? "", eos: eos ?? "", control: this.#marks },
    });
  }

  /** Loads what a folder with tokenizer.json holds. Throws a PipelineError (model) where that is none. */
  static async load(folder: string): Promise<TextTokenizer> {
    const read = async (name: string) => await readFile(join(folder, name), "utf8").catch(() => null);
    const [text, config, template] = await Promise.all(
      ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"].map(read),
    );
    // Loaded only then: whoever serves a model that counts for itself never needs it.
    const { Tokenizer } = await import("@huggingface/tokenizers");
    try {
      const vocabulary = Vocabulary.parse(JSON.parse(text ?? ""));
      const settings = Config.parse(JSON.parse(config ?? "{}"));
      const special = vocabulary.added_tokens.filter((token) => token.special);
      const ids = special.map(({ content, id }) => [content, id] as const);
      const others = vocabulary.added_tokens.filter((token) => !token.special);
      const plain = new Tokenizer({ ...vocabulary, added_tokens: others }, JSON.parse(config ?? "{}") as object);
      return new TextTokenizer(plain, new Map(ids), { ...settings, ...(template && { chat_template: template }) });
    } catch (error) {
      throw new PipelineError(
        `the tokenizer in ${folder} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
        { code: "model", hint: "name another with endpoint: { tokenizer: ... }", cause: error },
      );
    }
  }

  /** Tokens of each text, without special tokens added; what a message holds is no control token. */
  async count(texts: readonly (string | ChatText)[]): Promise<number[]> {
    const counts: number[] = [];
    for (const text of texts) {
      counts.push(this.#encode(typeof text === "string" ? [{ text, from: "format" }] : text).length);
      // Other work goes on meanwhile.
      if (counts.length % 16 === 0) await breathe();
    }
    return counts;
  }

  /** The messages as the model's chat template writes them. */
  render(messages: readonly Message[], addGenerationPrompt: boolean): ChatText {
    return this.#chat.write(messages, { addGenerationPrompt });
  }

  /** What the model is asked with, and what it answers with. */
  answered(messages: readonly Message[]): AskedAndAnswered {
    return this.#chat.answered(messages);
  }

  /** The same in tokens. */
  conversation(messages: readonly Message[]): ConversationTokens {
    const { prompt, answer } = this.answered(messages);
    return { prompt: this.#encode(prompt), answer: this.#encode(answer) };
  }

  /** Between control tokens, which only a format writes, a text is divided as one, whoever wrote its pieces. */
  #encode(pieces: ChatText): number[] {
    const ids: number[] = [];
    let run = "";
    const end = (): void => {
      if (run !== "") ids.push(...this.#plain.encode(run, { add_special_tokens: false }).ids);
      run = "";
    };
    for (const { text, from } of pieces) {
      if (from === "message") {
        run += text;
        continue;
      }
      let place = 0;
      for (const { 0: mark, index } of text.matchAll(new RegExp(this.#marks, "gu"))) {
        run += text.slice(place, index);
        end();
        ids.push(this.#ids.get(mark) ?? 0);
        place = index + mark.length;
      }
      run += text.slice(place);
    }
    end();
    return ids;
  }
}

function escaped(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}/-]/gu, String.raw`\$&`);
}
