/** ASCII as byte-level tokenizers write it: a space and a line feed have signs of their own. */
const letters = [...Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index)), "Ġ", "Ċ"];
const merges = ["d e", "de f", "Ġ a", "a d", "ad d"];
const control = ["<|user|>", "<|answer|>", "<|end|>"];

const added = (content: string, id: number, special: boolean) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special,
});

/**
 * The files of a tokenizer: a token a letter, but for "def", "add" and a space before an "a"; three control tokens, and
 * one that is added and none.
 */
export const smallTokenizer: Readonly<Record<"tokenizer.json" | "tokenizer_config.json", Buffer>> = {
  "tokenizer.json": Buffer.from(
    JSON.stringify({
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: [
        ...control.map((content, index) => added(content, 200 + index, true)),
        added("<tool>", 203, false),
      ],
      normalizer: null,
      pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
      post_processor: null,
      decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
      model: {
        type: "BPE",
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        vocab: Object.fromEntries(
          [...letters, ...merges.map((merge) => merge.replace(" ", ""))].map((token, id) => [token, id]),
        ),
        merges,
      },
    }),
  ),
  "tokenizer_config.json": Buffer.from(
    JSON.stringify({
      eos_token: { content: "<|end|>" },
      chat_template:
        "{% for message in messages %}<|{{ 'answer' if message.role == 'assistant' else 'user' }}|>" +
        "{{ message.content }}<|end|>\n{% endfor %}{% if add_generation_prompt %}<|answer|>{% endif %}",
    }),
  ),
};
