import { z } from "zod";

const Seconds = z.number().positive();

/** Servers whose ways are known: what they take beside what OpenAI's interface describes. */
export const endpointServers = ["openai", "vllm", "llama-server", "ollama", "lm-studio", "mlx"] as const;
/** Name of a server whose ways are known, as `endpoint: { server: ... }` says it. */
export type EndpointServer = (typeof endpointServers)[number];

/** `endpoint:` of a model that a server answers for: how it is asked, and what that may cost. */
export const EndpointSpec = z.strictObject({
  allowRemote: z
    .boolean()
    .optional()
    .describe("Lets code leave this machine: without it, only a server on this machine is asked"),
  apiKey: z
    .string()
    .regex(/^[A-Za-z_]\w*$/u, "expected the name of an environment variable, not the key itself")
    .optional()
    .describe("Name of the environment variable that holds the key"),
  server: z
    .enum(endpointServers)
    .optional()
    .describe("Which program answers, where it does not tell: decides what beside OpenAI's interface it is asked for"),
  tokenizer: z
    .string()
    .regex(/^(?:hf|file):.+/u, "expected hf:OWNER/REPO or file:FOLDER")
    .optional()
    .describe(
      "Whose tokenizer and chat template it has: hf:OWNER/REPO of its weights, or file:FOLDER with its tokenizer.json",
    ),
  inFlight: z
    .int()
    .min(1)
    .max(1024)
    .optional()
    .describe("Most requests at once; 32 unless told. Fewer where the server slows down or refuses"),
  attempts: z
    .int()
    .min(1)
    .optional()
    .describe("Tries of a request whose answer is broken, before its record is left as failed; 5 unless told"),
  patience: Seconds.optional().describe(
    "Seconds that a server may answer nothing at all before the run stops; 600 unless told",
  ),
  timeouts: z
    .strictObject({
      connect: Seconds.optional().describe("Until the server takes the connection; 10 unless told"),
      first: Seconds.optional().describe("Until the first token; 300 unless told"),
      between: Seconds.optional().describe("Between two tokens; 60 unless told"),
      whole: Seconds.optional().describe("For a whole answer; 1800 unless told"),
    })
    .optional()
    .describe("Seconds that are waited before a request counts as lost"),
  price: z
    .strictObject({
      prompt: z.number().min(0).describe("Of a million tokens that it reads"),
      generated: z.number().min(0).describe("Of a million tokens that it writes"),
      currency: z.string().min(1).optional().describe("USD unless told"),
    })
    .optional()
    .describe("What it costs"),
  budget: z
    .strictObject({
      requests: z.int().min(1).optional().describe("Requests, tries again among them"),
      tokens: z.int().min(1).optional().describe("Tokens, read and written"),
      money: z.number().positive().optional().describe("In the currency of the price"),
    })
    .optional()
    .describe("Most that one run may use; what is finished stays, and the same command goes on with as much once more"),
  body: z
    .record(z.string(), z.unknown())
    .optional()
    .describe(
      "Fields that are added to every request, as the server documents them; they are part of the model's identity",
    ),
});
export type EndpointSpec = z.infer<typeof EndpointSpec>;
