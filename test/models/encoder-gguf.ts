/** A value of GGUF's metadata, with the type that it is written in. */
type Value =
  | { readonly uint32: number }
  | { readonly float32: number }
  | { readonly bool: boolean }
  | { readonly string: string }
  | { readonly strings: readonly string[] }
  | { readonly int32s: readonly number[] };

const size = { vocabulary: 16, width: 32, inner: 64, tokens: 64 };
const words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "▁a", "▁sum", "▁of", "▁two", "▁numbers", "▁cake", "▁is"];

/**
 * A GGUF file of a model that reads in both directions and writes nothing, of one layer and with weights that mean
 * nothing: small enough to be made on the spot.
 *
 * @param pooling how the vectors of tokens become one, by GGUF's number (1: their mean); null: the file does not say
 */
export function encoderGguf(pooling: number | null): Buffer {
  const metadata: Record<string, Value> = {
    "general.architecture": { string: "bert" },
    "bert.block_count": { uint32: 1 },
    "bert.context_length": { uint32: size.tokens },
    "bert.embedding_length": { uint32: size.width },
    "bert.feed_forward_length": { uint32: size.inner },
    "bert.attention.head_count": { uint32: 2 },
    "bert.attention.layer_norm_epsilon": { float32: 1e-12 },
    "bert.attention.causal": { bool: false },
    ...(pooling !== null && { "bert.pooling_type": { uint32: pooling } }),
    "tokenizer.ggml.model": { string: "bert" },
    "tokenizer.ggml.token_type_count": { uint32: 2 },
    "tokenizer.ggml.tokens": {
      strings: Array.from({ length: size.vocabulary }, (_, index) => words[index] ?? `[unused${index}]`),
    },
    "tokenizer.ggml.token_type": { int32s: Array.from({ length: size.vocabulary }, (_, index) => (index < 5 ? 3 : 1)) },
    "tokenizer.ggml.padding_token_id": { uint32: 0 },
    "tokenizer.ggml.unknown_token_id": { uint32: 1 },
    "tokenizer.ggml.cls_token_id": { uint32: 2 },
    "tokenizer.ggml.bos_token_id": { uint32: 2 },
    "tokenizer.ggml.seperator_token_id": { uint32: 3 },
    "tokenizer.ggml.mask_token_id": { uint32: 4 },
  };
  const square = [size.width, size.width];
  const shapes: Record<string, readonly number[]> = {
    "token_embd.weight": [size.width, size.vocabulary],
    "position_embd.weight": [size.width, size.tokens],
    "token_types.weight": [size.width, 2],
    ...norm("token_embd_norm"),
    ...Object.assign(
      {},
      ...["attn_q", "attn_k", "attn_v", "attn_output"].map((name) => layer(`blk.0.${name}`, square)),
    ),
    ...norm("blk.0.attn_output_norm"),
    ...layer("blk.0.ffn_up", [size.width, size.inner]),
    ...layer("blk.0.ffn_down", [size.inner, size.width]),
    ...norm("blk.0.layer_output_norm"),
  };
  return gguf(metadata, shapes);
}

function norm(name: string): Record<string, readonly number[]> {
  return { [`${name}.weight`]: [size.width], [`${name}.bias`]: [size.width] };
}

function layer(name: string, shape: readonly number[]): Record<string, readonly number[]> {
  return { [`${name}.weight`]: shape, [`${name}.bias`]: shape.slice(1) };
}

/** The file, version 3: metadata, where tensors lie, and their numbers, each 32 bits and each tensor at a 32nd byte. */
function gguf(metadata: Readonly<Record<string, Value>>, shapes: Readonly<Record<string, readonly number[]>>): Buffer {
  const bytesOf = (shape: readonly number[]) => 4 * shape.reduce((product, length) => product * length, 1);
  let offset = 0;
  const places = Object.entries(shapes).flatMap(([name, shape]) => {
    const place = [text(name), uint32(shape.length), ...shape.map(uint64), uint32(0), uint64(offset)];
    offset += Math.ceil(bytesOf(shape) / 32) * 32;
    return place;
  });
  const head = Buffer.concat([
    Buffer.from("GGUF"),
    uint32(3),
    uint64(Object.keys(shapes).length),
    uint64(Object.keys(metadata).length),
    ...Object.entries(metadata).flatMap(([key, value]) => [text(key), written(value)]),
    ...places,
  ]);
  const data = Buffer.alloc(offset);
  // Numbers that look drawn, and are the same every time.
  for (let index = 0; index < offset / 4; index += 1) data.writeFloatLE(Math.sin(index * 12.9898) * 0.5, index * 4);
  return Buffer.concat([head, Buffer.alloc((32 - (head.length % 32)) % 32), data]);
}

function written(value: Value): Buffer {
  if ("uint32" in value) return Buffer.concat([uint32(4), uint32(value.uint32)]);
  if ("float32" in value) return Buffer.concat([uint32(6), float32(value.float32)]);
  if ("bool" in value) return Buffer.concat([uint32(7), Buffer.from([value.bool ? 1 : 0])]);
  if ("string" in value) return Buffer.concat([uint32(8), text(value.string)]);
  const [type, items] =
    "strings" in value ? ([8, value.strings.map(text)] as const) : ([5, value.int32s.map(uint32)] as const);
  return Buffer.concat([uint32(9), uint32(type), uint64(items.length), ...items]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint64(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function float32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}
