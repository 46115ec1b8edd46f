import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { isNode } from "yaml";
import { z } from "zod";
import { answerMessage, type AskedAndAnswered, chat, joined } from "../contract/chat-formats.js";
import { type Location, PipelineError } from "../system/errors.js";
import type { GenerateRequest, Generation, Message, Model } from "../contract/model.js";
import { hashFile, hashValue, sha256 as hashOf } from "../system/hash.js";
import { readYamlFile } from "../system/yaml-file.js";
import { type ModelSpec, nameOf } from "../contract/model-spec.js";
import { configuredPaths } from "../system/paths.js";
import { defineBackend } from "./backend.js";
import type { ModelContext, ResolvedModel } from "./resolved.js";
import { wrongHash } from "./weights/wrong-hash.js";
import { lazy } from "./weights/lazy.js";
import type { RunningModel } from "./running.js";
import { Turns } from "./turns.js";

const Answer = z.union([
  z.string(),
  z.strictObject({ text: z.string(), finish: z.enum(["stop", "length", "repetition"]).default("stop") }),
]);
const Rule = z.strictObject({
  match: z.string().min(1).describe("A text in the prompt, or /a regular expression/"),
  answers: z.array(Answer).min(1).describe("One a sample; more samples start again at the first"),
});
const Script = z.strictObject({
  rules: z.array(Rule).default([]).describe("The first that matches answers"),
  default: Answer.default("").describe("What is answered where no rule matches"),
});
type Script = z.infer<typeof Script>;

interface ScriptedModel extends ResolvedModel {
  readonly backend: "scripted";
  /** Absolute path of the script, and its SHA-256. */
  readonly path: string;
  readonly sha256: string;
}

/** Answers from a file, for tests and demonstrations. */
export const scripted = defineBackend<ScriptedModel>({
  name: "scripted",
  recognises: ({ source }) => typeof source === "string" && source.startsWith(scheme),
  can: () => ["tokens", "template"],
  resolve: resolveScripted,
  fetch: async ({ path }) => path,
  isHere: async () => true,
  shape: () => null,
  open: createScriptedModel,
});

const scheme = "scripted:";

async function resolveScripted(spec: ModelSpec, { baseDir, signal }: ModelContext): Promise<ScriptedModel> {
  const source = nameOf(spec);
  const places = configuredPaths(String(spec.source).slice(scheme.length), baseDir);
  const path = places.find((place) => existsSync(place)) ?? places[0];
  if (!(await stat(path).catch(() => null))?.isFile())
    throw new PipelineError(`no model file ${path}`, {
      code: "reference",
      hint: "check the path; it is relative to the pipeline file, or else to the configuration that ships",
    });
  const found = await hashFile(path, signal);
  const { sha256 = found, adapter, quantization, contextTokens = null, chatTemplate = null } = spec;
  if (sha256.toLowerCase() !== found) throw wrongHash(source, sha256, found);
  if (adapter !== undefined)
    throw new PipelineError(`a scripted model takes no adapter: "${source}"`, {
      code: "reference",
      hint: "remove its adapter",
    });
  if (quantization !== undefined)
    throw new PipelineError(`a scripted model has no weights to quantise: "${source}"`, {
      code: "reference",
      hint: "remove its quantization",
    });
  const hash = hashValue({ weights: found, contextTokens, chatTemplate });
  return { backend: "scripted", hash, source, path, sha256: found };
}

/** Answers that are given at once. */
const places = 4;

/** A model that answers from a file: the same always, for tests and demonstrations. A word counts as a token. */
export function createScriptedModel(
  ref: string,
  { path, sha256 }: { path: string; sha256: string },
): RunningModel<Model<"tokens" | "template">> {
  const rules = lazy(async () => await readRules(path));
  const turns = new Turns(() => places);
  return {
    capacity: () => places,
    need: () => null,
    heldBytes: () => 0,
    allow: async () => undefined,
    close: async () => undefined,
    model: {
      ref,
      async generate(
        { prompt, prefill = "", stop = [], maxTokens = 512, sample = 0 },
        { onToken, asker, signal } = {},
      ) {
        const asked = typeof prompt === "string" ? prompt : "pieces" in prompt ? joined(prompt.pieces) : render(prompt);
        const { answers = [] } =
          (await turns.take(async () => (await rules()).find(({ matches }) => matches(asked)), {
            signal,
            ...(asker && { asker }),
          })) ?? {};
        const { text, finish } = cut(answers[sample % answers.length] ?? "", { stop, maxTokens });
        onToken?.(prefill + text);
        const whole = prefill + text;
        return {
          text: whole,
          ...(typeof prompt !== "string" && !("pieces" in prompt) && { message: answerMessage(whole) }),
          finish,
          tokens: { prompt: countWords(asked), generated: countWords(text) },
          seconds: 0,
          remembered: false,
        };
      },
      countTokens: async (texts) => texts.map((text) => countWords(typeof text === "string" ? text : joined(text))),
      renderChat: async (messages) => chat`${render(messages)}`,
      controlTokens: async () => [],
      info: async () => ({
        name: basename(path),
        sha256,
        licence: null,
        contextTokens: 4096,
        bytes: 0,
        chatTemplate: null,
        chatFormat: null,
        backend: "scripted",
      }),
      renderAnswered: async (conversations) => conversations.map(answered),
      conversationTokens: async (conversations) =>
        conversations.map(answered).map(({ prompt, answer }) => ({
          prompt: words(joined(prompt)).map(numberOf),
          answer: words(joined(answer)).map(numberOf),
        })),
    },
  };
}

function render(messages: readonly Message[]): string {
  return messages.map(({ role, content }) => `${role}: ${content}\n`).join("");
}

function cut(
  answer: z.infer<typeof Answer>,
  { stop, maxTokens }: Required<Pick<GenerateRequest, "stop" | "maxTokens">>,
): Pick<Generation, "text" | "finish"> {
  const { text, finish } = typeof answer === "string" ? { text: answer, finish: "stop" as const } : answer;
  const ends = stop.map((end) => text.indexOf(end)).filter((at) => at >= 0);
  if (ends.length > 0) return { text: text.slice(0, Math.min(...ends)), finish: "stop" };
  const words = [...text.matchAll(/\S+\s*/gu)];
  const last = words[maxTokens];
  return last === undefined ? { text, finish } : { text: text.slice(0, last.index), finish: "length" };
}

/** A conversation that ends with an answer, in two: the lines before it, and the answer as it stands. */
function answered(messages: readonly Message[]): AskedAndAnswered {
  const last = messages.at(-1);
  if (last?.role !== "assistant")
    throw new PipelineError("the conversation does not end with an answer", { code: "stage" });
  return { prompt: chat`${render(messages.slice(0, -1))}`, answer: chat`${last.content}` };
}

function words(text: string): string[] {
  return text.match(/\S+/gu) ?? [];
}

function countWords(text: string): number {
  return words(text).length;
}

/** The number of a token: the same for a word wherever it stands. */
function numberOf(word: string): number {
  return Number.parseInt(hashOf(word).slice(0, 7), 16);
}

interface ActiveRule {
  readonly matches: (prompt: string) => boolean;
  readonly answers: Script["rules"][number]["answers"];
}

async function readRules(path: string): Promise<ActiveRule[]> {
  const { document, value, place } = await readYamlFile(path, "a model's script is not YAML");
  const at = (offset: number): Location => place(offset, offset + 1);
  const parsed = Script.safeParse(value ?? {});
  if (!parsed.success) {
    throw new PipelineError(`${path} is not a script for a model: ${z.prettifyError(parsed.error)}`, {
      code: "config",
      hint: "expected `rules:`, each with `match` and `answers`, and perhaps `default`",
    });
  }
  const rules = parsed.data.rules.map(({ match, answers }, index) => {
    try {
      return { matches: matcher(match), answers };
    } catch (error) {
      const node = document.getIn(["rules", index, "match"], true);
      throw new PipelineError(
        `${match} is not a regular expression: ${error instanceof Error ? error.message : String(error)}`,
        {
          code: "config",
          locations: isNode(node) && node.range ? [at(node.range[0])] : [],
        },
      );
    }
  });
  return [...rules, { matches: () => true, answers: [parsed.data.default] }];
}

function matcher(match: string): (prompt: string) => boolean {
  const [, pattern] = /^\/(.+)\/$/su.exec(match) ?? [];
  if (pattern === undefined) return (prompt) => prompt.includes(match);
  const expression = new RegExp(pattern, "mu");
  return (prompt) => expression.test(prompt);
}
