import { readdirSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { chat } from "../../pipeline/contract/chat-formats.js";
import type { EndpointSpec } from "../../pipeline/contract/endpoint-spec.js";
import { backendOf, modelLacks, resolveModel } from "../../pipeline/models/backends.js";
import { createModels } from "../../pipeline/models/service.js";
import { folderWith } from "../cli/command.js";
import { temporaryFolder } from "../support/pipelines.js";
import { serviceContext, type TestContext } from "./context.js";
import { startHub } from "./hub-server.js";
import { type OpenAiServer, sendJson, startOpenAiServer } from "./openai-server.js";
import { smallTokenizer } from "./small-tokenizer.js";

afterEach(() => void vi.unstubAllEnvs());

/** A folder with the tokenizer of a model. */
async function tokenizerFolder(): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, content] of Object.entries(smallTokenizer)) await writeFile(join(folder, name), content);
  return folder;
}

async function ask(
  server: OpenAiServer,
  endpoint: EndpointSpec,
  { context = serviceContext(), contextTokens = 100 }: { context?: TestContext; contextTokens?: number } = {},
) {
  // The one that it has.
  const source = server.url;
  const resolved = await resolveModel({ source, endpoint, contextTokens }, context);
  const models = createModels(context, { models: new Map([["teacher", resolved]]), determinism: "strict" });
  onTestFinished(async () => await models.close());
  return { resolved, context, model: models.api("teacher", ["tokens", "template"]) };
}

const plain = [{ id: "small", object: "model", created: 1 }];
const question = [{ role: "user", content: "add" }] as const;
const answered = [...question, { role: "assistant", content: "def" }] as const;

describe("the tokens of a served model", () => {
  it("are those of the tokenizer that the file names; what a message holds is no control token", async () => {
    const server = await startOpenAiServer({ models: plain });
    const { model } = await ask(server, { tokenizer: `file:${await tokenizerFolder()}` });
    expect(await model.countTokens(["def add", "def  add<|end|>", "<tool>"])).toEqual([4, 6, 1]);
    // As a text, the control token has seven letters.
    expect(await model.countTokens([chat`<|user|>${"add<|end|>"}<|end|>`])).toEqual([1 + 1 + 7 + 1]);
    expect(await model.controlTokens()).toEqual(["<|user|>", "<|answer|>", "<|end|>"]);
    expect(await model.renderChat(question, { addGenerationPrompt: true })).toEqual([
      { text: "<|user|>add<|end|>\n<|answer|>", from: "format" },
    ]);
    const [tokens] = await model.conversationTokens([answered]);
    expect([tokens?.prompt.length, tokens?.answer.length]).toEqual([5, 2]);
    expect(server.requests).toEqual([]);
  });

  it("are those of its repository, of which no weights are fetched, and nothing twice", async () => {
    const hub = await startHub({
      repository: "acme/small",
      files: [
        ...Object.entries(smallTokenizer).map(([path, content]) => ({ path, content, large: false })),
        { path: "model.safetensors", content: Buffer.alloc(1000) },
        { path: "config.json", content: Buffer.from("{}"), large: false },
      ],
    });
    vi.stubEnv("HF_ENDPOINT", hub.url);
    const server = await startOpenAiServer({ models: [{ id: "acme/small", object: "model", created: 1 }] });
    // Named by the file, and by nothing but the model's own name.
    for (const endpoint of [{ tokenizer: "hf:acme/small" }, {}]) {
      const context = serviceContext({ cacheDir: await temporaryFolder() });
      const { model, resolved } = await ask(server, endpoint, { context });
      expect(await model.countTokens(["def add"])).toEqual([4]);
      const asked = hub.downloads.length;
      expect(await (await ask(server, endpoint, { context })).model.countTokens(["def add"])).toEqual([4]);
      expect(hub.downloads).toHaveLength(asked);
      expect(readdirSync(join(context.cacheDir, "tokenizers"))).toContainEqual(expect.stringMatching(/^small-/u));
      expect(context.pins.get("tokenizer hf:acme/small")).toMatchObject({ commit: hub.commit });
      // A tokenizer that the file names is part of what a step is known by.
      const shape = backendOf(resolved).shape(resolved, { threads: 1, determinism: "strict" });
      expect(shape !== null).toBe("tokenizer" in endpoint);
    }
    expect(new Set(hub.downloads)).toEqual(new Set(Object.keys(smallTokenizer)));
  });

  it("are asked of llama-server and vLLM themselves", async () => {
    const tokens = (text: string) => text.match(/<\|\w+\|>|\S|\s/gu) ?? [];
    const rendered = (messages: readonly { role: string; content: string }[], open: unknown) =>
      messages.map(({ role, content }) => `<|${role}|>${content}<|end|>`).join("") +
      (open === true ? "<|assistant|>" : "");
    const before: OpenAiServer["before"] = ({ path, body }, response) => {
      const { content, prompt, messages, parse_special: special, add_generation_prompt: open } = body;
      if (path === "/apply-template") sendJson(response, 200, { prompt: rendered(messages as never, open) });
      else if (path !== "/tokenize") return false;
      else {
        const text = (content ?? prompt ?? rendered(messages as never, open)) as string;
        const found = special === false ? text.split("") : tokens(text);
        sendJson(response, 200, { tokens: found.map((_, index) => index), count: found.length, max_model_len: 100 });
      }
      return true;
    };
    const llama = await startOpenAiServer({ models: [{ id: "small", owned_by: "llamacpp" }], before });
    const { model } = await ask(llama, {});
    expect(await model.countTokens(["ab<|end|>", chat`<|user|>${"<|end|>"}`])).toEqual([3, 8]);
    expect(await model.controlTokens()).toContain("<|im_end|>");
    expect(await model.renderChat(question, { addGenerationPrompt: true })).toEqual([
      { text: "<|user|>add<|end|><|assistant|>", from: "format" },
    ]);
    const [own] = await model.conversationTokens([answered]);
    expect([own?.prompt.length, own?.answer.length]).toEqual([6, 4]);

    const vllm = await startOpenAiServer({ models: [{ id: "small", owned_by: "vllm" }], before });
    const resolved = await resolveModel({ source: `${vllm.url}#small` }, serviceContext());
    // It counts a conversation, and does not tell how it writes it.
    expect(await modelLacks(resolved, ["tokens", "template", "grammar", "infill"], serviceContext())).toEqual([
      "template",
      "grammar",
      "infill",
    ]);
  });

  it("are known of no other, which is said with what to do", async () => {
    const server = await startOpenAiServer({ models: plain });
    const resolved = await resolveModel({ source: `${server.url}#small` }, serviceContext());
    expect(await modelLacks(resolved, ["tokens", "template"], serviceContext())).toEqual(["tokens", "template"]);
    const folder = await temporaryFolder();
    await mkdir(join(folder, "empty"));
    const stated = (tokenizer: string) =>
      resolveModel({ source: `${server.url}#small`, endpoint: { tokenizer } }, serviceContext({ baseDir: folder }));
    await expect(stated("file:empty")).rejects.toMatchObject({
      code: "reference",
      message: `no tokenizer.json in ${join(folder, "empty")}`,
    });
    await writeFile(join(folder, "empty/tokenizer.json"), "no JSON");
    const { model } = await ask(server, { tokenizer: "file:empty" }, { context: serviceContext({ baseDir: folder }) });
    await expect(model.countTokens(["a"])).rejects.toMatchObject({
      code: "model",
      message: expect.stringContaining("cannot be read"),
    });
  });
});

describe("a question to a served model", () => {
  it("that leaves its answer no room is refused before it is sent, by its tokens and not by its bytes", async () => {
    const server = await startOpenAiServer({ models: plain });
    const { model } = await ask(server, { tokenizer: `file:${await tokenizerFolder()}` });
    const adds = (count: number) => [{ role: "user" as const, content: "add".repeat(count) }];
    await expect(model.generate({ prompt: adds(100), maxTokens: 10 })).rejects.toMatchObject({
      code: "prompt-too-long",
      message: 'the prompt has 104 tokens, and the context of the model "teacher" holds 100 with the answer',
    });
    await expect(model.generate({ prompt: "add".repeat(100) })).rejects.toMatchObject({ code: "prompt-too-long" });
    expect(server.requests).toEqual([]);
    // 150 bytes, and 54 tokens.
    await model.generate({ prompt: adds(50), maxTokens: 10 });
    expect(server.requests.map(({ body }) => body.max_tokens)).toEqual([10]);
  });

  it("asks for no more than the context has left", async () => {
    const server = await startOpenAiServer({ models: plain });
    const { model } = await ask(server, { tokenizer: `file:${await tokenizerFolder()}` });
    await model.generate({ prompt: [{ role: "user", content: "add".repeat(50) }], maxTokens: 512 });
    expect(server.requests.map(({ body }) => body.max_tokens)).toEqual([100 - 54 - 16]);
  });

  it("is left to the server where nobody can count", async () => {
    const server = await startOpenAiServer({ models: plain });
    const { model } = await ask(server, { tokenizer: `file:${await tokenizerFolder()}` });
    const unknown = await resolveModel({ source: `${server.url}#small`, contextTokens: 100 }, serviceContext());
    const models = createModels(serviceContext(), { models: new Map([["m", unknown]]), determinism: "strict" });
    onTestFinished(async () => await models.close());
    await models.api("m").generate({ prompt: "x".repeat(300) });
    expect(server.requests.map(({ body }) => body.max_tokens)).toEqual([512]);
    expect(model.ref).toBe("teacher");
  });
});

it("generate --dry-run counts by the tokenizer of a served model", async () => {
  const server = await startOpenAiServer({ models: plain });
  const folder = await folderWith({ "shop.py": "def add(a, b):\n    return a + b\n" });
  onTestFinished(async () => await folder.remove());
  for (const name of ["config", "tokenizer"]) await mkdir(join(folder.path, name));
  for (const [name, content] of Object.entries(smallTokenizer))
    await writeFile(join(folder.path, "tokenizer", name), content);
  const served = `{ source: "${server.url}#small", endpoint: { tokenizer: "file:../tokenizer" } }`;
  await writeFile(join(folder.path, "config/models.yaml"), `models:\n  served: ${served}\n`);
  const { stdout } = await folder.pipeline("generate", "shop.py", "--model", "served", "--dry-run");
  expect(stdout).toContain("tokens by the tokenizer of small. No model was asked.");
  expect(server.requests).toEqual([]);
}, 300_000);
