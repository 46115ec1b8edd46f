import { PipelineError } from "../system/errors.js";
import type { Prompt } from "./prompt.js";

/**
 * The prompt that a single text stands for. Text with the marks of ChatML is asked as it stands, and has to end in the
 * turn of the assistant, with or without the beginning of an answer such as <think>; any other text is the user's turn,
 * in the model's own chat format. Throws a PipelineError (config) where it is ChatML and asks nothing.
 */
export function promptOfTemplate(template: string): Prompt {
  if (!template.includes(turnStart)) return { name: "template", instruction: template };
  const answerStart = template.lastIndexOf(answerMark);
  const prefill = template.slice(answerStart + answerMark.length);
  if (answerStart === -1 || prefill.includes(turnEnd) || prefill.includes(turnStart)) {
    throw new PipelineError("prompt.template is ChatML that does not end where the model is to go on", {
      code: "config",
      hint:
        `end it with ${answerMark.trim()}, a new line and, if you like, the beginning of the answer, such as ` +
        `<think>`,
    });
  }
  const raw = template.slice(0, answerStart + answerMark.length);
  return {
    name: "template",
    instruction: lastUserTurn(raw),
    chat: { raw, stop: [turnEnd], ...(prefill.trim() !== "" && { prefill: prefill.trimStart() }) },
  };
}

const turnStart = "<|im_start|>";
const turnEnd = "<|im_end|>";
const answerMark = `${turnStart}assistant\n`;

/** What is asked, without what only the model reads. */
function lastUserTurn(raw: string): string {
  const [, turn = raw] = [...raw.matchAll(/<\|im_start\|>user\n(.*?)<\|im_end\|>/gsu)].at(-1) ?? [];
  return turn.trim();
}
