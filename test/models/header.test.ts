import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";
import { sha256 } from "../../pipeline/system/hash.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { temporaryFolder } from "../support/pipelines.js";
import { encoderGguf } from "./encoder-gguf.js";
import { startHub } from "./hub-server.js";

async function machine(hub: string) {
  const [cwd, cache] = [await temporaryFolder(), await temporaryFolder()];
  const info = async (...args: string[]) =>
    await execa(process.execPath, [join(packageRoot, "dist/pipeline/cli/main.js"), "models", "info", ...args], {
      cwd,
      env: { HF_ENDPOINT: hub, PIPELINE_CACHE: cache, NO_COLOR: "1" },
      reject: false,
    });
  return { cwd, cache, info };
}

/** The model that is made on the spot, before 40 MB that nobody has to read. */
const content = Buffer.concat([encoderGguf(1), Buffer.alloc(40_000_000)]);

it("describes a model of the hub by the beginning of its file, which is not fetched", async () => {
  const hub = await startHub({ repository: "acme/encoder", files: [{ path: "encoder-f32.gguf", content }] });
  const { cache, info } = await machine(hub.url);
  const { stdout, stderr, exitCode } = await info("hf:acme/encoder/encoder-f32.gguf", "--json");
  expect([exitCode, stderr]).toEqual([0, ""]);
  expect(JSON.parse(stdout)).toMatchObject({
    name: "encoder-f32",
    sha256: sha256(content),
    bytes: content.length,
    contextTokens: 64,
    path: null,
    header: { architecture: "bert", layers: 1, width: 32, vocabulary: 16, contextTokens: 64, licence: null },
  });
  const read = hub.ranges
    .map((range) => /^bytes=(\d+)-(\d+)$/u.exec(range))
    .map((found) => Number(found?.[2]) - Number(found?.[1]));
  expect(read.length).toBeGreaterThan(0);
  expect(read.reduce((sum, size) => sum + size, 0)).toBeLessThan(10_000_000);
  expect(existsSync(join(cache, "models"))).toBe(false);

  const text = (await info("hf:acme/encoder/encoder-f32.gguf")).stdout.split("\n");
  expect(text.map((line) => line.replace(/ {2,}/u, " | "))).toEqual([
    "name | encoder-f32",
    "source | hf:acme/encoder/encoder-f32.gguf",
    "licence | not told",
    "context | 64 tokens",
    "backend | llama",
    "architecture | bert, 11.2K parameters",
    "shape | 1 layer, vectors of 32, 16 tokens known, trained with 64 at once",
    "size | 40 MB",
    `sha256 | ${sha256(content)}`,
    "chat template | none: it can only complete texts",
    "here | no: pipeline models pull fetches it",
  ]);
});

it("describes a model that is here by its file alone: nothing is loaded, or made of it", async () => {
  const { cwd, cache, info } = await machine("http://127.0.0.1:1");
  await writeFile(join(cwd, "encoder.gguf"), encoderGguf(1));
  const folder = join(cwd, "folder");
  await mkdir(folder);
  const config = {
    model_type: "qwen2",
    num_hidden_layers: 24,
    hidden_size: 896,
    vocab_size: 151_936,
    max_position_embeddings: 32_768,
  };
  await writeFile(join(folder, "config.json"), JSON.stringify(config));
  await writeFile(join(folder, "tokenizer_config.json"), JSON.stringify({ chat_template: "{{ messages }}" }));
  await writeFile(join(folder, "model.safetensors"), "none that could be read");
  expect(JSON.parse((await info("file:encoder.gguf", "--json")).stdout)).toMatchObject({
    path: join(cwd, "encoder.gguf"),
    header: { architecture: "bert" },
  });
  expect(JSON.parse((await info("file:folder", "--json")).stdout)).toMatchObject({
    name: "folder",
    contextTokens: 4096,
    chatTemplate: "{{ messages }}",
    header: { architecture: "qwen2", layers: 24, width: 896, vocabulary: 151_936, contextTokens: 32_768 },
  });
  expect(["gguf", "python"].filter((room) => existsSync(join(cache, room)))).toEqual([]);
  await writeFile(join(cwd, "broken.gguf"), "no model");
  expect(await info("file:broken.gguf")).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("the model file:broken.gguf is no GGUF file that can be read") as unknown,
  });
});
