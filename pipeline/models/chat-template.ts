import { Template } from "@huggingface/jinja";
import { PipelineError } from "../errors.js";
import type { Message } from "../model.js";

/** Chat templates by name, for a model that brings none or was trained on another. */
export const chatTemplatePresets = {
  chatml: `{%- for message in messages %}{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{%- endif %}`,
  qwen3: `{%- for message in messages %}{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n<think>\\n' }}{%- endif %}`,
  harmony: `{%- for message in messages %}
{%- if message.role == 'assistant' %}{{ '<|start|>assistant<|channel|>final<|message|>' + message.content + ('<|return|>' if loop.last else '<|end|>') }}
{%- else %}{{ '<|start|>' + message.role + '<|message|>' + message.content + '<|end|>' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|start|>assistant' }}{%- endif %}`,
} as const;

/** The messages as a Jinja chat template renders them. */
export function renderChatTemplate(
  template: string,
  messages: readonly Message[],
  { addGenerationPrompt, bos, eos }: { addGenerationPrompt: boolean; bos: string; eos: string },
): string {
  try {
    return new Template(template).render({ messages, add_generation_prompt: addGenerationPrompt, bos_token: bos, eos_token: eos });
  } catch (error) {
    throw new PipelineError(`the chat template cannot render these messages: ${error instanceof Error ? error.message : String(error)}`, {
      code: "model",
      hint: `choose another with \`chatTemplate\` of the model: ${Object.keys(chatTemplatePresets).join(", ")}`,
      cause: error,
    });
  }
}
