import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it, onTestFinished } from "vitest";
import { sha256 } from "../../pipeline/system/hash.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { temporaryFolder } from "../support/pipelines.js";
import { startHub } from "./hub-server.js";

const content = randomBytes(300_000);
const source = "hf:acme/small/small-q4_0.gguf";

/** A working folder with two models of its own, one made of the other, which is in the cache. */
async function folder() {
  const hub = await startHub({ repository: "acme/small", files: [{ path: "small-q4_0.gguf", content }] });
  const cwd = await temporaryFolder();
  const cache = await temporaryFolder();
  await mkdir(join(cwd, "config"));
  await writeFile(
    join(cwd, "config/models.yaml"),
    `models:\n  small: { source: "${source}" }\n  smaller: { source: small, quantization: q2_k }\n`,
  );
  const models = async (...args: string[]) =>
    await execa(process.execPath, [join(packageRoot, "dist/pipeline/cli/main.js"), "models", ...args], {
      cwd,
      env: { HF_ENDPOINT: hub.url, PIPELINE_CACHE: cache, NO_COLOR: "1" },
      reject: false,
    });
  const { stdout: path } = await models("pull", "small");
  const make = async (format: string): Promise<string> => {
    const made = join(cache, "gguf", `${sha256(content).slice(0, 16)}-${format}-b1`);
    await mkdir(made, { recursive: true });
    await writeFile(join(made, "model.gguf"), randomBytes(100_000));
    return made;
  };
  return { cache, models, path, make };
}

describe("pipeline models remove", { timeout: 120_000 }, () => {
  it("frees a model with what was made of it, and says how much", async () => {
    const { cache, models, path, make } = await folder();
    const made = [await make("vocabulary"), await make("q8_0")];
    const { stdout, exitCode } = await models("remove", "small", "--yes");
    expect([exitCode, stdout.split("\n")]).toEqual([
      0,
      [
        expect.stringMatching(/^removed +30\d kB +hf:acme\/small@c{40}\/small-q4_0\.gguf$/u),
        expect.stringMatching(/^removed +100 kB +q8_0 made of it$/u),
        expect.stringMatching(/^removed +100 kB +vocabulary made of it$/u),
        "Freed 500 kB.",
      ],
    ]);
    expect([path, ...made].filter(existsSync)).toEqual([]);
    expect(await readdir(join(cache, "models"))).toEqual([".unfinished"]);
    expect(await models("remove", "small", "--yes")).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('nothing of the model "small" is in the cache') as unknown,
    });
  });

  it("keeps the file that another model here is made of, until both are named", async () => {
    const { models, path, make } = await folder();
    const made = await make("q2_k");
    const { stdout } = await models("remove", "small", "--yes", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      removed: [],
      kept: [{ reason: "also needed for smaller" }, { reason: "also needed for smaller" }],
      bytes: 0,
    });
    expect([path, made].map(existsSync)).toEqual([true, true]);

    const of = await models("remove", "smaller", "--yes");
    expect(of.stdout).toMatch(
      /^removed +100 kB +q2_k made of it\nkept +30\d kB .* also needed for small\nFreed 100 kB\.$/u,
    );
    expect([path, made].map(existsSync)).toEqual([true, false]);

    await make("q2_k");
    await models("remove", "small", "smaller", "--yes");
    expect([path, made].map(existsSync)).toEqual([false, false]);
  });

  it("removes nothing where nobody has allowed it, and nothing with --dry-run", async () => {
    const { models, path } = await folder();
    expect(await models("remove", source)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/would free 30\d kB.*\n[^]*--yes/u) as unknown,
    });
    const { stdout } = await models("remove", source, "--dry-run");
    expect(stdout).toMatch(/^goes +30\d kB [^]*\nWould free 30\d kB\.$/u);
    expect(existsSync(path)).toBe(true);
  });

  it.skipIf(process.platform !== "linux")("keeps a model that a process runs, and says which", async () => {
    const { models, path } = await folder();
    const program = `import mmap, sys
file = open(sys.argv[1], "rb")
mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
print("ready", flush=True)
sys.stdin.read()`;
    const user = execa("python3", ["-c", program, path], { reject: false });
    onTestFinished(() => void user.kill("SIGKILL"));
    await new Promise((resolve) => {
      user.stdout.once("data", resolve);
    });
    const { stdout } = await models("remove", "small", "--yes");
    expect(stdout).toMatch(new RegExp(`^kept .* process ${user.pid} uses it\\nFreed 0 B\\.$`, "u"));
    expect(existsSync(path)).toBe(true);
  });
});
