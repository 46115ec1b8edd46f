import { spawn } from "node:child_process";
import { readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { openLockfile } from "../../pipeline/engine/state/lockfile.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { temporaryFolder } from "../support/pipelines.js";

const Pin = z.strictObject({ commit: z.string() });

const open = async (path: string, update = false) =>
  await openLockfile(path, { update, cacheDir: join(dirname(path), "cache") });

describe("pipeline.lock", () => {
  it("resolves a reference once, and again only when told to", async () => {
    const path = join(await temporaryFolder(), "pipeline.lock");
    let head = "aaa";
    const pin = async (update: boolean) =>
      await (await open(path, update)).pin("git:repo@main", Pin, async () => ({ commit: head }));
    expect(await pin(false)).toEqual({ commit: "aaa" });
    head = "bbb";
    expect(await pin(false)).toEqual({ commit: "aaa" });
    expect(await pin(true)).toEqual({ commit: "bbb" });
    expect(await readFile(path, "utf8")).toContain("git:repo@main:\n  commit: bbb\n");
  });

  it("keeps every entry when many are pinned at once", async () => {
    const path = join(await temporaryFolder(), "pipeline.lock");
    const lockfile = await open(path);
    const names = Array.from({ length: 20 }, (_, index) => `pypi:p${index}`);
    await Promise.all(names.map((name) => lockfile.pin(name, Pin, async () => ({ commit: name }))));
    const again = await open(path);
    for (const name of names)
      expect(await again.pin(name, Pin, () => Promise.reject(new Error("not kept")))).toEqual({ commit: name });
  });

  it("keeps what several processes pin at once, and gives them all the same where they pin the same", async () => {
    const path = join(await temporaryFolder(), "pipeline.lock");
    await writeFile(path, "pypi:before:\n  commit: kept\n");
    const processes = ["aaa", "bbb", "ccc"].map((commit) => {
      const references = [...Array.from({ length: 8 }, (_, index) => `pypi:${commit}${index}`), "git:shared@main"];
      const child = spawn(
        process.execPath,
        [join(packageRoot, "test/engine/pin.mjs"), path, join(dirname(path), "cache"), commit, ...references],
        { stdio: ["pipe", "pipe", "inherit"] },
      );
      onTestFinished(() => void child.kill("SIGKILL"));
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      return { commit, child, says: async () => (await lines.next()).value as string };
    });
    for (const { says } of processes) expect(await says()).toBe("open");
    for (const { child } of processes) child.stdin.write("go\n");
    const answers = await Promise.all(
      processes.map(async ({ says }) => JSON.parse(await says()) as Record<string, string>),
    );

    const kept = parse(await readFile(path, "utf8")) as Record<string, { commit: string }>;
    expect(Object.keys(kept)).toHaveLength(1 + 3 * 8 + 1);
    expect(Object.assign({}, ...answers)).toEqual(
      Object.fromEntries(
        Object.entries(kept).flatMap(([name, { commit }]) => (name === "pypi:before" ? [] : [[name, commit]])),
      ),
    );
    expect(new Set(answers.map((answer) => answer["git:shared@main"])).size).toBe(1);
    expect((await readdir(dirname(path))).toSorted()).toEqual(["cache", "pipeline.lock"]);
  });

  it("leaves no unfinished file among the user's own for long, and none of another name is touched", async () => {
    const path = join(await temporaryFolder(), "pipeline.lock");
    const names = [
      "pipeline.lock.0123456789abcdef0123.partial",
      "pipeline.lock.abcdefabcdefabcdefab.partial",
      "notes.partial",
    ];
    for (const name of names) await writeFile(join(dirname(path), name), "half");
    const before = new Date(Date.now() - 11 * 60_000);
    for (const name of [names[0]!, names[2]!]) await utimes(join(dirname(path), name), before, before);
    await (await open(path)).pin("pypi:p", Pin, async () => ({ commit: "p" }));
    expect((await readdir(dirname(path))).toSorted()).toEqual(["cache", "notes.partial", "pipeline.lock", names[1]]);
  });

  it("says what is wrong with a broken file", async () => {
    const path = join(await temporaryFolder(), "pipeline.lock");
    await writeFile(path, "- a\n- list\n");
    await expect(open(path)).rejects.toMatchObject({
      code: "config",
      hint: expect.stringContaining("version control"),
    });
  });
});
