import type { Message, ModelInfo } from "../contract/model.js";
import { toOpenAi } from "../contract/openai-message.js";
import { ThoughtReader } from "./thoughts.js";
import { CallHolder } from "./tools.js";

/** What a piece of a stream adds to an answer. */
export type Delta = Readonly<Record<string, unknown>>;

/**
 * An answer as it is told piece by piece: put together, the pieces are what `message` is when it is whole. A format
 * with channels is told when it is whole.
 */
export class ChatPieces {
  readonly #thoughts: ThoughtReader;
  readonly #calls: CallHolder | null;
  readonly #isWhole: boolean;
  #thinking = "";
  #content = "";

  /** @param offersCalls whether the answer may call functions, in its text */
  constructor(info: ModelInfo, offersCalls: boolean) {
    this.#isWhole = writesChannels(info);
    this.#thoughts = new ThoughtReader(info.chatFormat === "qwen3");
    this.#calls = offersCalls && !this.#isWhole ? new CallHolder() : null;
  }

  /** What can be told when more has been written. */
  read(text: string): Delta[] {
    return this.#isWhole ? [] : this.#told(this.#thoughts.read(text));
  }

  /** What is left to be told when the answer is there. */
  end(message: Message): Delta[] {
    const held = this.#isWhole ? [] : this.#told(this.#thoughts.end());
    const thinking = this.#thinking === "" ? (message.thinking ?? "") : "";
    const content = message.content.slice(this.#content.length);
    return [
      ...held,
      ...(thinking === "" ? [] : [{ reasoning_content: thinking }]),
      ...(content === "" ? [] : [{ content }]),
      ...callDeltas(message),
    ];
  }

  #told(pieces: ReturnType<ThoughtReader["read"]>): Delta[] {
    return pieces.flatMap(({ part, text }): Delta[] => {
      if (part === "thinking") {
        this.#thinking += text;
        return [{ reasoning_content: text }];
      }
      const content = this.#calls?.read(text) ?? text;
      this.#content += content;
      return content === "" ? [] : [{ content }];
    });
  }
}

/** Whether an answer comes in channels, which are read when all of it is there. */
export function writesChannels({ chatFormat, chatTemplate }: ModelInfo): boolean {
  return chatFormat === "harmony" || chatTemplate?.includes("<|channel|>") === true;
}

/** Calls as clients put them together: all but what the function is given is told once, in the first piece of each. */
function callDeltas(message: Message): Delta[] {
  return (toOpenAi(message).tool_calls ?? []).flatMap(({ function: { name, arguments: given }, ...call }, index) => [
    { tool_calls: [{ index, ...call, function: { name, arguments: "" } }] },
    { tool_calls: [{ index, function: { arguments: given } }] },
  ]);
}
