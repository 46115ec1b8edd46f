import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { judgeNode, judgeTypeScript } from "../../pipeline/cli/doctor/node.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { temporaryFolder } from "../support/pipelines.js";

interface Told {
  readonly name: string;
  readonly status: string;
  readonly found: string;
  readonly fix?: string;
}

async function doctor(env: Readonly<Record<string, string>> = {}, ...args: readonly string[]) {
  const main = join(packageRoot, "dist/pipeline/cli/main.js");
  const cwd = await temporaryFolder();
  return await execa(process.execPath, [main, "doctor", ...args], { cwd, reject: false, env });
}

describe("doctor", () => {
  it("tells what pipelines need here, then what is optional, and how to get what is not there", async () => {
    const { exitCode, stdout } = await doctor({}, "--json");
    const told = JSON.parse(stdout) as readonly Told[];
    const needed = [
      "node",
      "python",
      "pip",
      "sandbox",
      "systems",
      "inference",
      "models",
      "processor",
      "memory",
      "disk",
    ];
    expect(told.map(({ name }) => name)).toEqual([
      ...needed,
      "git",
      "checkers",
      "typescript",
      "peft",
      "unsloth",
      "axolotl",
      "mlx",
    ]);
    expect(told.filter(({ status, fix }) => status !== "ok" && fix === undefined)).toEqual([]);
    expect(told.slice(0, needed.length).filter(({ status }) => status === "absent")).toEqual([]);
    expect(told.slice(needed.length).filter(({ status }) => status === "problem")).toEqual([]);
    expect(exitCode).toBe(told.some(({ status }) => status === "problem") ? 1 : 0);
  });

  it("ends with 1 where no Python is, and still tells the rest", async () => {
    const bin = join(await temporaryFolder(), "bin");
    await mkdir(bin);
    await symlink(process.execPath, join(bin, "node"));
    const { exitCode, stdout } = await doctor({ PATH: bin, NO_COLOR: "1" });
    expect(stdout).toMatch(/^✖ python .*\n(?: .*\n)* +fix {2}.*Python 3\.10/mu);
    expect(stdout).toMatch(/^✔ inference /mu);
    expect(stdout).toMatch(/^· git .*\n +fix {2}install git/mu);
    expect(exitCode).toBe(1);
  });

  it.each([
    ["below a file", join(packageRoot, "package.json/cache"), "a file has that name (EEXIST, "],
    // Node makes folders "recursively" there without end.
    ["below /proc", "/proc/pipeline-cache", "no folder can be made there (ENOENT"],
    ["deep below /proc", "/proc/pipeline/cache", "no folder can be made there (ENOENT"],
  ])("ends with 1 where PIPELINE_CACHE names a folder that cannot be made, %s", async (_place, cache, why) => {
    const { exitCode, stdout } = await doctor({ PIPELINE_CACHE: cache, NO_COLOR: "1" });
    expect(stdout).toMatch(
      /^✖ disk [^]*?fix {2}PIPELINE_CACHE names it: name a folder that can be made and written to/mu,
    );
    expect(stdout).toContain(`cannot make the cache folder ${cache}: ${why}`);
    expect(exitCode).toBe(1);
  });

  it.each([
    ["18.20.4", "problem"],
    ["20.18.3", "problem"],
    ["20.19.0", "ok"],
    ["21.7.3", "warning"],
    ["22.0.0", "ok"],
    ["24.1.0", "ok"],
    ["26.0.0", "warning"],
  ])("of Node %s says %s", (version, status) => {
    expect(judgeNode(version)).toMatchObject({ status, found: expect.stringContaining(version) as unknown });
  });

  it.each([
    ["20.19.0", "absent"],
    ["22.17.1", "absent"],
    ["22.18.0", "ok"],
    ["24.0.0", "ok"],
  ])("of TypeScript under Node %s says %s", (version, status) => {
    expect(judgeTypeScript(version)).toMatchObject({ status });
  });

  it("knows the tested versions from the range that the package allows", async () => {
    const { engines } = (await import(join(packageRoot, "package.json"), { with: { type: "json" } })) as {
      engines: { node: string };
    };
    const oldest = engines.node.replace(">=", "");
    expect(judgeNode(`${oldest}.0`).status).toBe("ok");
    const [major = "", minor = ""] = oldest.split(".");
    expect(judgeNode(`${major}.${Number(minor) - 1}.9`).status).toBe("problem");
  });
});
