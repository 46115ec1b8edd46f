import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { getLlama } from "node-llama-cpp";
import { expect, it } from "vitest";
import { llamaCppRelease, llamaCppSources, llamaLibrary } from "../../finetuning/llama-cpp.js";
import { kept } from "../support/kept.js";
import { temporaryFolder } from "../support/pipelines.js";

it("takes the converters of exactly the release that runs models here, and nothing else of it", async () => {
  const llama = await getLlama({ gpu: false, build: "never" });
  expect(await llamaCppRelease()).toBe(llama.llamaCppRelease.release);
  await llama.dispose();

  const cacheDir = await temporaryFolder();
  const sources = await llamaCppSources({ cacheDir, signal: new AbortController().signal });
  expect((await readdir(sources)).toSorted()).toEqual([
    "LICENSE",
    "conversion",
    "convert_hf_to_gguf.py",
    "convert_lora_to_gguf.py",
    "gguf-py",
  ]);
  expect(await llamaCppSources({ cacheDir, signal: AbortSignal.abort() })).toBe(sources);
});

it("leaves nothing under the release's name where unpacking is stopped", async () => {
  const cacheDir = await temporaryFolder();
  await expect(llamaCppSources({ cacheDir, signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: "interrupted",
  });
  expect(await kept(join(cacheDir, "llama.cpp"))).toEqual([]);
});

it("finds the library that quantises", async () => {
  expect(existsSync(await llamaLibrary())).toBe(true);
});
