import type { Message, ToolCall } from "../message.js";
import type { ChatText } from "./chat-text.js";

/**
 * The text of an answer in the harmony format, of what a model wrote so far: thoughts between <think> and </think>, as
 * other models write them, then the answer. What is there stays as more comes. `begun` tells that the prompt opened the
 * answer already.
 */
export function readHarmony(written: ChatText, state: { readonly begun: boolean }): string {
  return read(written, state).text;
}

/** The same answer as a message: what each of its parts is, whom it is for, and which functions it calls. */
export function harmonyMessage(written: ChatText, state: { readonly begun: boolean }): Message {
  const { parts } = read(written, state);
  const textOf = (...kinds: readonly Part["kind"][]) =>
    parts
      .filter(({ kind }) => kinds.includes(kind))
      .map(({ text }) => text)
      .join("\n\n");
  const toolCalls = parts.flatMap(({ kind, text, to }): ToolCall[] =>
    kind === "call" ? [{ name: to, arguments: text }] : [],
  );
  const [thinking, content] = [textOf("analysis"), textOf("commentary", "final")];
  const isComment = content !== "" && !parts.some(({ kind }) => kind === "final" || kind === "call");
  return {
    role: "assistant",
    content,
    ...(thinking !== "" && { thinking }),
    ...(toolCalls.length > 0 && { toolCalls }),
    ...(isComment && { channel: "commentary" }),
  };
}

/** A message of the format, of which an answer has several. */
interface Part {
  readonly kind: "analysis" | "commentary" | "final" | "call";
  /** The function that a call is for. */
  readonly to: string;
  text: string;
}

function read(written: ChatText, { begun }: { readonly begun: boolean }): Answer {
  const answer = new Answer(begun);
  for (const { text, from } of written) {
    if (from === "message") answer.say(text);
    else for (const mark of text.split(/(?<=\|>)/u)) answer.mark(mark);
  }
  return answer;
}

class Answer {
  text = "";
  readonly parts: Part[] = [];
  /** What is read now: the head of a message, thoughts, or what a user is shown. */
  #part: "head" | "thoughts" | "said";
  #head = "";

  constructor(begun: boolean) {
    this.#part = begun ? "said" : "head";
    if (begun) this.#open("final");
  }

  mark(mark: string): void {
    if (mark === "<|message|>") this.#begin();
    else if (["<|start|>", "<|end|>", "<|return|>", "<|call|>"].includes(mark)) this.#end();
    else this.#head += mark;
  }

  say(text: string): void {
    if (this.#part !== "head") this.#add(text);
    // A model that does not know the format begins without a head; a head without a channel tells whom it is for.
    else if (this.#head === "" && this.text === "" && !" to=".startsWith(text.slice(0, 4))) {
      this.#part = "said";
      this.#open("final");
      this.#add(text);
    } else this.#head += text;
  }

  #add(text: string): void {
    this.text += text;
    const last = this.parts.at(-1);
    if (last !== undefined) last.text += text;
  }

  #open(kind: Part["kind"], to = ""): void {
    this.parts.push({ kind, to, text: "" });
  }

  #begin(): void {
    const [, to] = /to=functions\.([\w.-]+)/u.exec(this.#head) ?? [];
    const [, channel = "final"] = /<\|channel\|>(analysis|commentary|final)/u.exec(this.#head) ?? [];
    if (to === undefined) this.#open(channel as Part["kind"]);
    else this.#open("call", to);
    this.#part = this.#head.includes("<|channel|>analysis") ? "thoughts" : "said";
    if (this.#part === "thoughts") this.text += "<think>\n";
    else if (this.text !== "" && !this.text.endsWith("\n\n")) this.text += "\n\n";
  }

  #end(): void {
    if (this.#part === "thoughts") this.text += "\n</think>\n\n";
    this.#part = "head";
    this.#head = "";
  }
}
