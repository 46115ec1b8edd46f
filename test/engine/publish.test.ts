import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { describe, expect, it, onTestFinished } from "vitest";
import type { StepManifest } from "../../pipeline/engine/state/manifest.js";
import { collectOutputs, type FinishedPlan, publish } from "../../pipeline/engine/run/publish.js";
import { completePublishing } from "../../pipeline/engine/run/publishing.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { temporaryFolder } from "../support/pipelines.js";

type Files = Readonly<Record<string, string>>;

function write(folder: string, files: Files): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Every file of a folder, without what is only there while it is published. */
function read(folder: string): Files {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  return Object.fromEntries(
    paths
      .filter((path) => !path.startsWith(".publishing/"))
      .toSorted()
      .map((path) => [path, readFileSync(join(folder, path), "utf8")]),
  );
}

/** Steps that have left these files. */
async function planOf(...steps: readonly Files[]): Promise<FinishedPlan> {
  const root = mkdtempSync(join(tmpdir(), "publish-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const finished = await Promise.all(
    steps.map(async (files, index) => {
      const folder = join(root, String(index));
      write(join(folder, "output"), files);
      const counts = { in: 0, used: 0, out: 0, dropped: 0, failed: 0, skipped: 0, rejectedParts: 0, refused: 0 };
      const manifest = {
        step: `step${index}`,
        stage: "stage",
        fingerprint: JSON.stringify(files),
        counts,
        reasons: {},
        outputs: await collectOutputs(join(folder, "output")),
      } as unknown as StepManifest;
      return {
        step: {
          id: `step${index}`,
          location: { file: "test.yaml", line: index + 1, column: 1, length: 1 },
          output: null,
        },
        folder,
        manifest,
      };
    }),
  );
  return { pipeline: { name: "test", seed: 1 }, steps: finished };
}

const notPublished = (files: Files) =>
  Object.fromEntries(Object.entries(files).filter(([path]) => path !== "manifest.json"));
const silent = (message: string) => {
  throw new Error(`told of: ${message}`);
};

describe("publishing", () => {
  const first: Files = { "README.md": "first", "jsonl/train.jsonl": "1\n", "csv/train.csv": "one", becomes: "a file" };
  const second: Files = {
    "README.md": "second",
    "jsonl/train.jsonl": "2\n",
    "jsonl/val.jsonl": "3\n",
    "becomes/a/folder": "now",
    "parquet/train.parquet": "p",
  };
  const own: Files = { "notes.txt": "mine", "jsonl/notes.txt": "mine, too" };

  it("replaces what was published, removes what is no more, and leaves the user's own files", async () => {
    const folder = await temporaryFolder();
    await publish(folder, await planOf(first), silent);
    write(folder, own);
    await publish(folder, await planOf(second), silent);
    expect(notPublished(read(folder))).toEqual({ ...second, ...own });
    await publish(folder, await planOf(first), silent);
    expect(notPublished(read(folder))).toEqual({ ...first, ...own });
    expect(existsSync(join(folder, "parquet"))).toBe(false);
  });

  it("is whole or not at all, wherever it is killed, and the next one completes it", { timeout: 240_000 }, async () => {
    const [before, after] = [await planOf(first), await planOf(second)];
    const expected = { ...second, ...own };
    const outcomes = new Set<string>();
    let killed = true;
    for (let at = 1; killed; at += 1) {
      const folder = await temporaryFolder();
      await publish(folder, before, silent);
      write(folder, own);
      const old = read(folder);
      const { signal } = await execa(
        process.execPath,
        [
          "--import",
          join(packageRoot, "test/support/die-at.mjs"),
          join(packageRoot, "test/engine/publish.mjs"),
          folder,
          JSON.stringify(after),
        ],
        {
          env: { DIE_AT: String(at) },
          reject: false,
        },
      );
      killed = signal === "SIGKILL";
      const isReady = existsSync(join(folder, ".publishing/ready.json"));
      // From ready.json on, a run finishes the new outputs before it does anything else, whatever it is a run of.
      if (isReady) await completePublishing(folder, silent);
      const isOld = read(folder)["manifest.json"] === old["manifest.json"];
      outcomes.add(isReady ? "ready" : isOld ? "old" : "new");
      expect(isOld ? read(folder) : notPublished(read(folder)), `killed at ${at}`).toEqual(isOld ? old : expected);
      expect(isReady && isOld).toBe(false);
      await publish(folder, after, silent);
      expect(notPublished(read(folder)), `killed at ${at}`).toEqual(expected);
      expect(existsSync(join(folder, ".publishing"))).toBe(false);
    }
    expect([...outcomes].toSorted()).toEqual(["new", "old", "ready"]);
  });

  it("leaves a file alone that is what it should be", async () => {
    const folder = await temporaryFolder();
    await publish(folder, await planOf(first), silent);
    const { mtimeMs } = statSync(join(folder, "csv/train.csv"));
    await publish(folder, await planOf({ ...first, "README.md": "other" }), silent);
    expect(statSync(join(folder, "csv/train.csv")).mtimeMs).toBe(mtimeMs);
  });

  it.each([
    ["a folder where a file goes", { "README.md/mine.txt": "mine" }, "README.md is a folder of yours"],
    ["a file where a folder goes", { jsonl: "mine" }, "jsonl is a file of yours"],
  ])("touches nothing where something of the user's stands in the way: %s", async (_what, mine: Files, message) => {
    const folder = await temporaryFolder();
    write(folder, mine);
    await expect(publish(folder, await planOf(first), silent)).rejects.toMatchObject({
      code: "disk",
      message: expect.stringContaining(message),
      hint: expect.stringContaining("output: FOLDER"),
    });
    expect(read(folder)).toEqual(mine);
  });

  it("follows a link that the user has put in the place of a folder", async () => {
    const [folder, elsewhere] = [await temporaryFolder(), await temporaryFolder()];
    symlinkSync(elsewhere, join(folder, "jsonl"));
    await publish(folder, await planOf(first), silent);
    expect(readdirSync(elsewhere)).toEqual(["train.jsonl"]);
  });
});

describe("a manifest of the outputs that came from somewhere", () => {
  const outputs: Files = { "numbers.txt": "1\n" };

  async function withManifest(
    change: (manifest: string) => string,
  ): Promise<{ folder: string; precious: string; told: string[] }> {
    const root = await temporaryFolder();
    const folder = join(root, "data/name");
    await publish(folder, await planOf({ ...outputs, "old.txt": "old" }), silent);
    const precious = join(root, "precious.txt");
    writeFileSync(precious, "of great value");
    const manifest = join(folder, "manifest.json");
    writeFileSync(manifest, change(readFileSync(manifest, "utf8")));
    const told: string[] = [];
    await publish(folder, await planOf(outputs), (message) => told.push(message));
    return { folder, precious, told };
  }

  it.each([
    ["leads out", "../../precious.txt", /files\.1\.path: .*leaves its folder/u],
    ["leads out by a way that comes back", "jsonl/../../../precious.txt", /leaves its folder/u],
    ["is absolute", "/etc/hostname", /it is absolute/u],
    ["is empty", "", /it is empty/u],
  ])("removes nothing where a path of it %s, says so, and is written again", async (_what, path, message) => {
    const { folder, precious, told } = await withManifest((text) => text.replace('"old.txt"', JSON.stringify(path)));
    expect(readFileSync(precious, "utf8")).toBe("of great value");
    expect(told).toEqual([expect.stringMatching(message)]);
    expect(Object.keys(read(folder))).toEqual(["manifest.json", "numbers.txt", "old.txt"]);
    await publish(folder, await planOf(outputs), silent);
  });

  it.each([
    ["no JSON", () => "{ half"],
    ["another form", () => '{"name": 5}'],
    ["empty", () => ""],
  ])("is no crash where it is %s", async (_what, change) => {
    const { folder, told } = await withManifest(change);
    expect(told).toEqual([expect.stringContaining("manifest.json is damaged")]);
    expect(read(folder)["numbers.txt"]).toBe("1\n");
    await publish(folder, await planOf(outputs), silent);
  });

  it("removes nothing through a link that leads out", async () => {
    const root = await temporaryFolder();
    const folder = join(root, "data");
    write(join(root, "elsewhere"), { "train.jsonl": "precious" });
    await publish(folder, await planOf({ "jsonl/train.jsonl": "1\n" }), silent);
    rmSync(join(folder, "jsonl"), { recursive: true });
    symlinkSync(join(root, "elsewhere"), join(folder, "jsonl"));
    await publish(folder, await planOf(outputs), silent);
    expect(readFileSync(join(root, "elsewhere/train.jsonl"), "utf8")).toBe("precious");
  });

  it("says what it does with a damaged list of what was being published", async () => {
    const folder = await temporaryFolder();
    write(folder, {
      ".publishing/ready.json": JSON.stringify({ files: [], stale: ["../../precious.txt"], manifest: {} }),
    });
    const told: string[] = [];
    await publish(folder, await planOf(outputs), (message) => told.push(message));
    expect(told).toEqual([expect.stringContaining("ready.json is damaged")]);
    expect(notPublished(read(folder))).toEqual(outputs);
  });
});
