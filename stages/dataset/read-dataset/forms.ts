import { z } from "zod";
import { Message, Tool } from "../../../pipeline/contract/message.js";
import { fromOpenAi, OpenAiMessage } from "../../../pipeline/contract/openai-message.js";
import { type Reason, reason } from "../../../pipeline/contract/reasons.js";
import { parseJson } from "../../../pipeline/system/files/parse-json.js";

type Cells = Readonly<Record<string, unknown>>;

/** A form that rows may have: how it is known, and what it says. */
interface Form {
  readonly has: (cells: Cells) => boolean;
  readonly read: (cells: Cells) => readonly Message[];
}

/** For errors: what a row may hold. */
export const knownForms =
  "messages (role, content), conversations (from, value), instruction and output, or prompt and response " +
  "(completion, answer)";

/** The conversation of a row in any of the forms that trainers take, or why it is none. */
export function messagesOf(cells: Cells): readonly Message[] | { readonly reason: Reason } {
  const form = forms.find(({ has }) => has(cells));
  if (form === undefined)
    return {
      reason: reason("no-conversation", `it has no conversation: its columns are ${listed(Object.keys(cells))}`),
    };
  try {
    return form.read(cells);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const [issue] = error.issues;
    const place = issue?.path.map(String).join(".") ?? "";
    return { reason: reason("bad-message", `its conversation cannot be read: ${place}: ${issue?.message ?? ""}`) };
  }
}

const questions = ["prompt", "question", "query", "instruction"] as const;
const answers = ["response", "completion", "answer", "output"] as const;

const Text = z.string();
const OwnOrOpenAi = z.union([Message, OpenAiMessage.transform((written) => fromOpenAi(written))]);
const Messages = z.array(OwnOrOpenAi).min(1);

/** Who speaks, as ShareGPT and the tools after it call them. */
const speakers: Readonly<Record<string, Message["role"]>> = {
  human: "user",
  user: "user",
  gpt: "assistant",
  chatgpt: "assistant",
  assistant: "assistant",
  system: "system",
  tool: "tool",
  observation: "tool",
};
const Turn = z
  .object({ from: z.enum(Object.keys(speakers)), value: Text })
  .transform(({ from, value }): Message => ({ role: speakers[from] ?? "user", content: value }));

const Tools = z.array(
  z.union([Tool, z.object({ type: z.literal("function"), function: Tool }).transform(({ function: tool }) => tool)]),
);

const forms: readonly Form[] = [
  {
    has: ({ messages }) => Array.isArray(messages),
    read: ({ messages, tools }) => withTools(Messages.parse(messages), tools),
  },
  {
    has: ({ conversations }) => Array.isArray(conversations),
    read: ({ conversations, system, tools }) =>
      withTools([...told(system), ...z.array(Turn).min(1).parse(conversations)], tools),
  },
  {
    has: ({ instruction, output }) => typeof instruction === "string" && typeof output === "string",
    read({ instruction, input = "", output, system, history = [] }) {
      const before = z.array(z.tuple([Text, Text])).parse(history ?? []);
      const question = [Text.parse(instruction), Text.parse(input ?? "")].filter((text) => text !== "").join("\n\n");
      return [
        ...told(system),
        ...before.flatMap(([asked, said]) => turn(asked, said)),
        ...turn(question, Text.parse(output)),
      ];
    },
  },
  {
    has: (cells) => first(cells, questions) !== undefined && first(cells, answers) !== undefined,
    read: (cells) => [
      ...told(cells["system"]),
      ...side(first(cells, questions), "user"),
      ...side(first(cells, answers), "assistant"),
    ],
  },
];

function first(cells: Cells, names: readonly string[]): unknown {
  return names.map((name) => cells[name]).find((cell) => typeof cell === "string" || Array.isArray(cell));
}

/** A text, or messages of its own (TRL's conversational prompt and completion). */
function side(cell: unknown, role: "user" | "assistant"): readonly Message[] {
  return Array.isArray(cell) ? Messages.parse(cell) : [{ role, content: Text.parse(cell) }];
}

function turn(question: string, answer: string): Message[] {
  return [
    { role: "user", content: question },
    { role: "assistant", content: answer },
  ];
}

function told(system: unknown): Message[] {
  return typeof system === "string" && system !== "" ? [{ role: "system", content: system }] : [];
}

/** The functions that a conversation may call, where its format has a column for them: with its system message. */
function withTools(messages: readonly Message[], cell: unknown): readonly Message[] {
  if (cell === undefined || cell === null || cell === "") return messages;
  const tools = Tools.parse(typeof cell === "string" ? parseJson(cell) : cell);
  if (tools.length === 0) return messages;
  const [head, ...rest] = messages;
  return head?.role === "system" || head?.role === "developer"
    ? [{ ...head, tools }, ...rest]
    : [{ role: "system", content: "", tools }, ...messages];
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.slice(0, 12).join(", ");
}
