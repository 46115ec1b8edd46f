import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { ModelSpec } from "../../pipeline/contract/model-spec.js";
import { fetchModel, isHere, resolveModel } from "../../pipeline/models/backends.js";
import { createModels } from "../../pipeline/models/service.js";
import { listFound } from "../../pipeline/models/weights/found/found.js";
import { sha256 } from "../../pipeline/system/hash.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { temporaryFolder } from "../support/pipelines.js";
import { serviceContext, type TestContext } from "./context.js";
import { encoderGguf } from "./encoder-gguf.js";
import { startHub } from "./hub-server.js";

afterEach(() => void vi.unstubAllEnvs());

/** A machine with nothing on it: a home of its own, an empty cache, and no hub to ask. */
async function machine(): Promise<{ readonly home: string; readonly context: TestContext }> {
  const home = await temporaryFolder();
  for (const name of ["OLLAMA_MODELS", "HF_HOME", "HF_HUB_CACHE", "XDG_CACHE_HOME"]) vi.stubEnv(name, "");
  vi.stubEnv("HOME", home);
  vi.stubEnv("USERPROFILE", home);
  vi.stubEnv("HF_ENDPOINT", "http://127.0.0.1:1");
  return { home, context: serviceContext({ cacheDir: await temporaryFolder() }) };
}

async function put(path: string, content: Buffer | string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
}

/** Puts a model where Ollama does, under the name of its manifest; answers the path of its file. */
async function putInOllama(models: string, manifest: string, content: Buffer, kind = "model"): Promise<string> {
  const layer = (type: string, bytes: Buffer) => ({
    mediaType: `application/vnd.ollama.image.${type}`,
    digest: `sha256:${sha256(bytes)}`,
    size: bytes.length,
  });
  const template = Buffer.from("{{ .Prompt }}");
  await put(
    join(models, "manifests", manifest),
    JSON.stringify({
      schemaVersion: 2,
      mediaType: "application/vnd.docker.distribution.manifest.v2+json",
      config: {
        mediaType: "application/vnd.docker.container.image.v1+json",
        digest: `sha256:${"0".repeat(64)}`,
        size: 2,
      },
      layers: [layer(kind, content), layer("template", template)],
    }),
  );
  await put(join(models, "blobs", `sha256-${sha256(template)}`), template);
  return await put(join(models, "blobs", `sha256-${sha256(content)}`), content);
}

const commit = "d".repeat(40);

/** Puts files where Hugging Face's tools do: blobs, and links to them under the commit that `main` stands for. */
async function putInHubCache(
  hub: string,
  repository: string,
  files: Readonly<Record<string, Buffer>>,
): Promise<string> {
  const folder = join(hub, `models--${repository.replace("/", "--")}`);
  const snapshot = join(folder, "snapshots", commit);
  await put(join(folder, "refs/main"), commit);
  for (const [name, content] of Object.entries(files)) {
    const isLarge = /\.(?:gguf|safetensors)$/u.test(name);
    const blob = isLarge ? sha256(content) : sha256(content).slice(0, 40);
    await put(join(folder, "blobs", blob), content);
    await mkdir(dirname(join(snapshot, name)), { recursive: true });
    await symlink(join(folder, "blobs", blob), join(snapshot, name));
  }
  return snapshot;
}

const pull = async (context: TestContext, spec: ModelSpec) =>
  await fetchModel(await resolveModel(spec, context), context);

describe("a model of Ollama", () => {
  it("is used where it lies, by the name that Ollama shows, and pinned by its SHA-256", async () => {
    const { home, context } = await machine();
    const content = encoderGguf(1);
    const blob = await putInOllama(join(home, ".ollama/models"), "registry.ollama.ai/library/encoder/7b", content);
    const resolved = await resolveModel({ source: "ollama:encoder:7b" }, context);
    expect(await isHere(resolved, context.cacheDir)).toBe(true);
    expect(await fetchModel(resolved, context)).toBe(blob);
    expect([...context.pins]).toEqual([["ollama:encoder:7b", { sha256: sha256(content), bytes: content.length }]]);
    expect(existsSync(join(context.cacheDir, "models"))).toBe(false);

    const models = createModels(context, { models: new Map([["e", resolved]]), threads: 1, determinism: "strict" });
    onTestFinished(async () => await models.close());
    const { vectors } = await models.api("e", ["embeddings"]).embed(["a sum"]);
    expect(vectors[0]).toHaveLength(32);
    expect(await models.api("e").info()).toMatchObject({ name: "encoder-7b", sha256: sha256(content) });
  });

  it.each([
    ["encoder", "registry.ollama.ai/library/encoder/latest"],
    ["acme/encoder:q8", "registry.ollama.ai/acme/encoder/q8"],
    ["hf.co/acme/encoder-GGUF:Q4_K_M", "hf.co/acme/encoder-GGUF/Q4_K_M"],
  ])("is found as %s where OLLAMA_MODELS says", async (name, manifest) => {
    const { context } = await machine();
    const models = await temporaryFolder();
    vi.stubEnv("OLLAMA_MODELS", models);
    const blob = await putInOllama(models, manifest, randomBytes(1000));
    expect(await pull(context, { source: `ollama:${name}` })).toBe(blob);
  });

  it("is refused where its file was changed, where it is gone, and where it is none", async () => {
    const { home, context } = await machine();
    const models = join(home, ".ollama/models");
    const blob = await putInOllama(models, "registry.ollama.ai/library/encoder/latest", randomBytes(1000));
    await putInOllama(models, "registry.ollama.ai/library/tensors/latest", randomBytes(1000), "tensor");
    const source = "ollama:encoder";
    await writeFile(blob, randomBytes(1000));
    await expect(pull(context, { source })).rejects.toMatchObject({ code: "hash-mismatch" });
    await rm(blob);
    await expect(pull(context, { source })).rejects.toMatchObject({
      code: "reference",
      message: expect.stringContaining("no longer has the file"),
      hint: expect.stringContaining("--update"),
    });
    await expect(pull(context, { source: "ollama:encodr" })).rejects.toMatchObject({
      message: `Ollama has no model "encodr" in ${models}`,
    });
    await expect(pull(context, { source: "ollama:tensors" })).rejects.toMatchObject({
      message: expect.stringContaining("it has no GGUF file"),
      hint: expect.stringContaining("http://127.0.0.1:11434/v1#tensors"),
    });
    await expect(pull(context, { source: "ollama:../../etc/passwd" })).rejects.toMatchObject({
      message: expect.stringContaining("is no name of a model"),
    });
  });
});

describe("a model of LM Studio", () => {
  it.each([".lmstudio/models", ".cache/lm-studio/models"])("is used where it lies, in %s", async (folder) => {
    const { home, context } = await machine();
    const path = await put(join(home, folder, "acme/Small-GGUF/Small-Q4_0.gguf"), randomBytes(1000));
    expect(await pull(context, { source: "lmstudio:acme/Small-GGUF/Small-Q4_0.gguf" })).toBe(path);
    expect(await pull(context, { source: "lmstudio:acme/Small-GGUF" })).toBe(path);
  });

  it("is found in the folder that its settings name; several files are told apart", async () => {
    const { home, context } = await machine();
    const folder = await temporaryFolder();
    await put(join(home, ".lmstudio/settings.json"), JSON.stringify({ downloadsFolder: folder }));
    const parts = ["Big-00001-of-00002.gguf", "Big-00002-of-00002.gguf"];
    for (const part of parts) await put(join(folder, "acme/Big-GGUF", part), randomBytes(1000));
    await put(join(folder, "acme/Big-GGUF/mmproj-Big.gguf"), randomBytes(10));
    expect(await pull(context, { source: "lmstudio:acme/Big-GGUF" })).toBe(
      join(folder, "acme/Big-GGUF", parts[0] ?? ""),
    );
    expect(await listFound()).toMatchObject([
      { tool: "LM Studio", source: "lmstudio:acme/Big-GGUF/Big-00001-of-00002.gguf", bytes: 2000 },
    ]);
    await put(join(folder, "acme/Big-GGUF/Other.gguf"), randomBytes(10));
    await expect(pull(context, { source: "lmstudio:acme/Big-GGUF" })).rejects.toMatchObject({
      message: 'LM Studio has 2 files of "acme/Big-GGUF"',
      hint: expect.stringContaining("lmstudio:acme/Big-GGUF/Other.gguf"),
    });
    await rm(join(folder, "acme/Big-GGUF", parts[1] ?? ""));
    await expect(pull(context, { source: "lmstudio:acme/Big-GGUF/Big-00001-of-00002.gguf" })).rejects.toMatchObject({
      message: expect.stringContaining("LM Studio has no model"),
    });
  });
});

describe("a model of Hugging Face's cache", () => {
  it("is used where it lies, without a network, and downloaded where it is not", async () => {
    const { home, context } = await machine();
    const content = randomBytes(3000);
    const snapshot = await putInHubCache(join(home, ".cache/huggingface/hub"), "acme/tiny", {
      "q4/tiny.gguf": content,
    });
    const source = "hf:acme/tiny/q4/tiny.gguf";
    const resolved = await resolveModel({ source }, context);
    expect([...context.pins]).toEqual([[source, { commit, sha256: sha256(content), bytes: 3000 }]]);
    expect(await isHere(resolved, context.cacheDir)).toBe(true);
    expect(await fetchModel(resolved, context)).toBe(join(snapshot, "q4/tiny.gguf"));
    await expect(resolveModel({ source: "hf:acme/tiny/other.gguf" }, context)).rejects.toMatchObject({
      code: "download",
    });
  });

  it("is asked of the hub again where its file is not what its name says, and with --update", async () => {
    const { home, context } = await machine();
    const [old, current] = [randomBytes(3000), randomBytes(3000)];
    const hub = await startHub({ repository: "acme/tiny", files: [{ path: "tiny.gguf", content: current }] });
    const cache = join(home, ".cache/huggingface/hub");
    const snapshot = await putInHubCache(cache, "acme/tiny", { "tiny.gguf": old });
    const source = "hf:acme/tiny/tiny.gguf";
    const update = {
      ...context.lockfile,
      pin: async (_name: string, _schema: unknown, resolve: (isUpdate: boolean) => unknown) => await resolve(true),
    };
    const updating = { ...context, lockfile: update as TestContext["lockfile"] };
    // The hub cannot be reached: what lies here is better than nothing.
    expect(await pull(updating, { source })).toBe(join(snapshot, "tiny.gguf"));
    vi.stubEnv("HF_ENDPOINT", hub.url);
    expect((await readFile(await pull(updating, { source }))).equals(current)).toBe(true);

    await writeFile(join(snapshot, "tiny.gguf"), randomBytes(3000));
    const path = await pull(serviceContext({ cacheDir: await temporaryFolder() }), { source });
    expect((await readFile(path)).equals(current)).toBe(true);
  });

  it("may be a folder in the form of transformers, where it is whole", async () => {
    const { context } = await machine();
    const cache = await temporaryFolder();
    vi.stubEnv("HF_HUB_CACHE", cache);
    const files = {
      "config.json": Buffer.from("{}"),
      "tokenizer.json": Buffer.from("{}"),
      "model.safetensors": randomBytes(2000),
    };
    const snapshot = await putInHubCache(cache, "acme/folder", files);
    expect(await pull(context, { source: "hf:acme/folder" })).toBe(snapshot);
    await rm(join(snapshot, "tokenizer.json"));
    await expect(resolveModel({ source: "hf:acme/folder" }, await fresh())).rejects.toMatchObject({ code: "download" });
  });
});

const fresh = async () => serviceContext({ cacheDir: await temporaryFolder() });

it("a model that is known by its SHA-256 is found with whichever program has it, and asked nobody for", async () => {
  const { home } = await machine();
  const content = randomBytes(5000);
  const spec = { source: ["hf:acme/tiny/tiny.gguf"], sha256: sha256(content), bytes: content.length };
  const places = [
    async () => await putInOllama(join(home, ".ollama/models"), "registry.ollama.ai/library/tiny/latest", content),
    async () => {
      await putInHubCache(join(home, ".cache/huggingface/hub"), "other/name", { "t.gguf": content });
      return join(home, ".cache/huggingface/hub/models--other--name/blobs", sha256(content));
    },
    async () => await put(join(home, ".lmstudio/models/a/b/tiny.gguf"), content),
  ];
  for (const place of places) {
    const path = await place();
    expect(await pull(await fresh(), spec)).toBe(path);
    await rm(join(home, ".ollama"), { recursive: true, force: true });
    await rm(join(home, ".cache"), { recursive: true, force: true });
  }
});

it("pipeline models list --found shows them, with how they are named and where they lie", async () => {
  const { home } = await machine();
  await putInOllama(join(home, ".ollama/models"), "registry.ollama.ai/library/encoder/7b", randomBytes(1000));
  await put(join(home, ".lmstudio/models/acme/Small-GGUF/Small-Q4_0.gguf"), randomBytes(2000));
  await putInHubCache(join(home, ".cache/huggingface/hub"), "acme/tiny", { "tiny.gguf": randomBytes(3000) });
  const models = async (...args: string[]) =>
    await execa(process.execPath, [join(packageRoot, "dist/pipeline/cli/main.js"), "models", ...args], {
      env: { PIPELINE_CACHE: await temporaryFolder(), NO_COLOR: "1" },
    });
  expect(JSON.parse((await models("list", "--found", "--json")).stdout)).toMatchObject([
    { source: "ollama:encoder:7b", bytes: 1000 },
    { source: "lmstudio:acme/Small-GGUF/Small-Q4_0.gguf", sha256: null },
    { source: "hf:acme/tiny/tiny.gguf", sha256: expect.any(String) as unknown },
  ]);
  const { stdout } = await models("list", "--found");
  expect(stdout.split("\n").map((line) => line.replaceAll(/ {2,}/gu, " | "))).toEqual([
    "program | size | source",
    "Ollama | 1 kB | ollama:encoder:7b",
    "LM Studio | 2 kB | lmstudio:acme/Small-GGUF/Small-Q4_0.gguf",
    "Hugging Face | 3 kB | hf:acme/tiny/tiny.gguf",
  ]);
  expect((await models("list")).stdout).toContain("3 models of other programs lie here: pipeline models list --found");
});
