import { randomBytes } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { afterEach, describe, expect, it, vi } from "vitest";
import { requireOneFile } from "../../finetuning/bases.js";
import { partsOf } from "../../pipeline/system/gguf-parts.js";
import { listModels } from "../../pipeline/models/weights/cache.js";
import { fetchModel, isHere } from "../../pipeline/models/backends.js";
import { resolveGguf as resolveModel } from "../../pipeline/models/llama/resolve.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { temporaryFolder } from "../support/pipelines.js";
import { serviceContext } from "./context.js";
import { startHub } from "./hub-server.js";

const part = (number: number) => `big-0000${number}-of-00003.gguf`;
const contents = [randomBytes(300_000), randomBytes(200_000), randomBytes(100_000)];

async function modelInParts(): Promise<string> {
  const folder = await temporaryFolder();
  for (const [index, content] of contents.entries()) writeFileSync(join(folder, part(index + 1)), content);
  return folder;
}
const resolveIn = async (baseDir: string, source = `file:${part(1)}`) =>
  await resolveModel({ source }, serviceContext({ baseDir }));

describe("a model in several parts", () => {
  it("is another one when any of them changes; its size is that of all, and it is loaded by the first", async () => {
    const folder = await modelInParts();
    const whole = await resolveIn(folder);
    expect(whole.weights).toMatchObject({ type: "file", path: join(folder, part(1)), bytes: 600_000 });
    expect((await resolveIn(folder, `file:${part(3)}`)).weights).toEqual(whole.weights);
    for (const number of [1, 2, 3]) {
      const changed = await modelInParts();
      writeFileSync(join(changed, part(number)), randomBytes(100));
      expect((await resolveIn(changed)).hash).not.toBe(whole.hash);
    }
  });

  it("that lacks one is a mistake at the user's own line, before anything runs", async () => {
    const folder = await modelInParts();
    mkdirSync(join(folder, "code"));
    rmSync(join(folder, part(2)));
    writeFileSync(
      join(folder, "pipeline.yaml"),
      `name: parts
models:
  teacher: { source: "file:${part(1)}" }
steps:
  - { stage: ingest, with: { sources: ["folder:code"] } }
  - stage: extract
  - { stage: generate, with: { model: teacher } }
`,
    );
    const { exitCode, stderr } = await execa(
      process.execPath,
      [join(packageRoot, "dist/pipeline/cli/main.js"), "plan", "pipeline.yaml"],
      { cwd: folder, reject: false },
    );
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /part 2 of 3 of the model is missing: no file .*big-00002-of-00003\.gguf[^]*pipeline\.yaml:3/u,
    );
  });

  it("cannot be trained on: what reads weights in Python would take the first part for all", () => {
    expect(() => requireOneFile(`/models/${part(1)}`)).toThrow(
      /in several parts.*cannot|which can be asked but not trained on/u,
    );
    expect(() => requireOneFile("/models/one.gguf")).not.toThrow();
  });

  it.each([
    ["a-00001-of-00002.gguf", ["a-00001-of-00002.gguf", "a-00002-of-00002.gguf"]],
    ["x/a-00002-of-00002.gguf", ["x/a-00001-of-00002.gguf", "x/a-00002-of-00002.gguf"]],
    ["a-00001-of-00001.gguf", null],
    ["a-00003-of-00002.gguf", null],
    ["a-00000-of-00002.gguf", null],
    ["a-1-of-2.gguf", null],
    ["a.gguf", null],
  ])("%s is told by its name", (path, parts) => {
    expect(partsOf(path)).toEqual(parts);
  });
});

describe("a model of the hub in several parts", () => {
  afterEach(() => void vi.unstubAllEnvs());
  const source = `hf:acme/big/q4/${part(1)}`;
  const hubOf = async (numbers: readonly number[]) => {
    const hub = await startHub({
      repository: "acme/big",
      files: numbers.map((number) => ({
        path: `q4/${part(number)}`,
        content: contents[number - 1] ?? Buffer.alloc(0),
      })),
    });
    vi.stubEnv("HF_ENDPOINT", hub.url);
    return hub;
  };

  it("is pinned and fetched with all of them, from where a download was cut", async () => {
    const hub = await hubOf([1, 2, 3]);
    const context = serviceContext({ cacheDir: await temporaryFolder() });
    const resolved = await resolveModel({ source }, context);
    expect([...context.pins.values()]).toMatchObject([
      { parts: [{ bytes: 300_000 }, { bytes: 200_000 }, { bytes: 100_000 }] },
    ]);
    expect((await resolveIn(await modelInParts())).weights).toMatchObject({
      sha256: (resolved.weights as { sha256: string }).sha256,
    });
    expect(await isHere(resolved, context.cacheDir)).toBe(false);
    hub.cuts.push(150_000, 0, 0);
    await expect(fetchModel(resolved, context)).rejects.toMatchObject({ code: "download" });
    hub.cuts.length = 0;
    hub.ranges.length = 0;
    const path = await fetchModel(resolved, context);
    expect(hub.ranges).toEqual([expect.stringMatching(/^bytes=[1-9]\d*-299999$/u), "all", "all"]);
    expect(readdirSync(dirname(path)).filter((name) => name.endsWith(".gguf"))).toEqual([part(1), part(2), part(3)]);
    expect(
      [1, 2, 3].map((number) =>
        readFileSync(join(dirname(path), part(number))).equals(contents[number - 1] ?? Buffer.alloc(0)),
      ),
    ).toEqual([true, true, true]);
    expect(context.events.at(-1)).toMatchObject({ type: "transfer", done: 600_000, total: 600_000 });
    expect(await listModels(context.cacheDir)).toMatchObject([{ path, bytes: 600_000, file: part(1) }]);
    expect(await isHere(resolved, context.cacheDir)).toBe(true);

    // A part that was changed in the cache is fetched again.
    copyFileSync(join(dirname(path), part(1)), join(dirname(path), part(3)));
    expect(await fetchModel(resolved, context)).toBe(path);
    expect(readFileSync(join(dirname(path), part(3))).equals(contents[2] ?? Buffer.alloc(0))).toBe(true);
  });

  it("that lacks one is named", async () => {
    await hubOf([1, 3]);
    await expect(resolveModel({ source }, serviceContext())).rejects.toMatchObject({
      code: "reference",
      message: expect.stringMatching(/part 2 of 3 of the model is missing: no file q4\/big-00002/u),
    });
  });
});
