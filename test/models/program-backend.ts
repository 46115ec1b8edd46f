import { resolve } from "node:path";
import { execa } from "execa";
import { joined } from "../../pipeline/contract/chat-formats.js";
import type { GenerateRequest } from "../../pipeline/contract/model.js";
import { nameOf } from "../../pipeline/contract/model-spec.js";
import type { ServiceContext } from "../../pipeline/contract/service.js";
import { hashFile, hashValue } from "../../pipeline/system/hash.js";
import { defineBackend } from "../../pipeline/models/backend.js";
import type { ResolvedModel } from "../../pipeline/models/resolved.js";
import type { RunningModel } from "../../pipeline/models/running.js";
import { Turns } from "../../pipeline/models/turns.js";

const scheme = "program:";

/** A program of the user's own, which reads a prompt and writes an answer: `source: "program:./answer"`. */
interface Program extends ResolvedModel {
  readonly backend: "program";
  readonly path: string;
  readonly sha256: string;
}

/** Runs models that are programs. */
export const program = defineBackend<Program>({
  name: "program",
  recognises: ({ source }) => typeof source === "string" && source.startsWith(scheme),
  // It writes, as all do, and nothing else: a step that asks for tokens of it is refused in the plan.
  can: () => [],
  async resolve(spec, { baseDir, signal }) {
    const path = resolve(baseDir, String(spec.source).slice(scheme.length));
    const sha256 = await hashFile(path, signal);
    // Whatever decides the answers: another hash is another model, of which nothing is remembered.
    return { backend: "program", hash: hashValue({ program: sha256 }), source: nameOf(spec), path, sha256 };
  },
  fetch: async ({ path }) => path,
  isHere: async () => true,
  shape: () => null,
  open: openProgram,
});

function openProgram(ref: string, { hash, path, sha256 }: Program, { memo }: ServiceContext): RunningModel {
  // Whose turn it is: steps take turns, and in a step its partitions.
  const turns = new Turns(() => 2);
  return {
    capacity: () => 2,
    need: () => null,
    heldBytes: () => 0,
    allow: async () => undefined,
    close: async () => undefined,
    model: {
      ref,
      async generate({ prompt, prefill = "", sample = 0 }, { asker, onToken, signal } = {}) {
        const input = textOf(prompt) + prefill;
        const run = async (stop: AbortSignal) => (await execa(path, { input, cancelSignal: stop })).stdout;
        const { value, remembered } = await memo.remember(
          [{ type: "generation", model: hash, input, sample }],
          async (stop) => await turns.take(async () => await run(stop), { ...(asker && { asker }), signal: stop }),
          signal,
        );
        const text = prefill + value;
        onToken?.(text);
        return { text, tokens: { prompt: 0, generated: 0 }, finish: "stop", seconds: 0, remembered };
      },
      info: async () => ({
        name: path,
        sha256,
        licence: null,
        contextTokens: 4096,
        bytes: 0,
        chatTemplate: null,
        chatFormat: null,
        backend: "program",
      }),
    },
  };
}

function textOf(prompt: GenerateRequest["prompt"]): string {
  if (typeof prompt === "string") return prompt;
  return "pieces" in prompt ? joined(prompt.pieces) : prompt.map(({ content }) => content).join("\n\n");
}
