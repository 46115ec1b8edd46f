import { parseJson } from "../../../../pipeline/system/files/parse-json.js";
import type { Message } from "../../../../pipeline/contract/message.js";

/** A turn as ShareGPT has it, and the trainers that read its files. */
export interface ShareGptTurn {
  readonly from: "system" | "human" | "gpt" | "function_call" | "observation";
  readonly value: string;
}

/** A conversation in ShareGPT's form; thoughts have no place in it. */
export function shareGptTurns(messages: readonly Message[]): readonly ShareGptTurn[] {
  return messages.flatMap(({ role, content, toolCalls = [] }): ShareGptTurn[] => {
    const calls = toolCalls.map(({ name, arguments: given }): ShareGptTurn => ({
      from: "function_call",
      value: JSON.stringify({ name, arguments: parseJson(given) ?? given }),
    }));
    const isSilent = content === "" && calls.length > 0;
    return [...(isSilent ? [] : [{ from: speakers[role], value: content }]), ...calls];
  });
}

const speakers = {
  system: "system",
  developer: "system",
  user: "human",
  assistant: "gpt",
  tool: "observation",
} as const satisfies Record<Message["role"], ShareGptTurn["from"]>;
