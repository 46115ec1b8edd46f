import type { EndpointServer } from "../../contract/endpoint-spec.js";
import type { Sampling } from "../../contract/model.js";

/** What a server takes beside what every server with OpenAI's interface does, and under which names. */
export interface Dialect {
  /** The field that bounds an answer. */
  readonly maxTokens: "max_tokens" | "max_completion_tokens";
  /** Ways to draw that OpenAI's interface does not know. */
  readonly sampling: Readonly<Partial<Record<keyof Sampling, string>>>;
  /** Fields that let it go on with an answer that is the last message; null where it cannot. */
  readonly continues: Readonly<Record<string, unknown>> | null;
  /** The field that takes a GBNF grammar. */
  readonly grammar: string | null;
  /** Whether it holds an answer to a JSON schema: `response_format`. */
  readonly schema: boolean;
  /** How it fills a gap: the field of /completions that takes what follows, or llama-server's own; null: not at all. */
  readonly infill: "suffix" | "/infill" | null;
  /** Stop texts that it takes; the others end an answer here. */
  readonly stops: number;
}

const plain: Dialect = {
  maxTokens: "max_tokens",
  sampling: {},
  continues: null,
  grammar: null,
  schema: true,
  infill: null,
  stops: 4,
};
const cuts = { topK: "top_k", minP: "min_p" } as const;

const dialects: Readonly<Record<EndpointServer, Dialect>> = {
  openai: { ...plain, maxTokens: "max_completion_tokens", infill: "suffix" },
  vllm: {
    ...plain,
    sampling: { ...cuts, repeatPenalty: "repetition_penalty" },
    continues: { continue_final_message: true, add_generation_prompt: false },
    stops: Infinity,
  },
  "llama-server": {
    ...plain,
    sampling: { ...cuts, repeatPenalty: "repeat_penalty" },
    continues: {},
    grammar: "grammar",
    infill: "/infill",
    stops: Infinity,
  },
  ollama: { ...plain, continues: {}, infill: "suffix", stops: Infinity },
  "lm-studio": { ...plain, sampling: { topK: "top_k", repeatPenalty: "repeat_penalty" }, stops: Infinity },
  mlx: { ...plain, sampling: { ...cuts, repeatPenalty: "repetition_penalty" }, schema: false, stops: Infinity },
};

/** How a server is asked; one that is not known, as OpenAI's interface describes it. */
export function dialectOf(server: EndpointServer | null): Dialect {
  return server === null ? plain : dialects[server];
}

/** Which program answers, by what it says of its models. */
export function serverOf(ownedBy: string | undefined): EndpointServer | null {
  return owners[ownedBy ?? ""] ?? null;
}

const owners: Readonly<Record<string, EndpointServer>> = {
  vllm: "vllm",
  llamacpp: "llama-server",
  library: "ollama",
  organization_owner: "lm-studio",
  openai: "openai",
  system: "openai",
};
