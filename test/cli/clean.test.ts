import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { RunLock } from "../../pipeline/engine/run/run-lock.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { pipelineOf, runAll, temporaryFolder } from "../support/pipelines.js";
import { pattern } from "../support/pattern.js";

const day = 24 * 3_600_000;

async function cleaned(cwd: string, ...args: string[]) {
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    [join(packageRoot, "dist/pipeline/cli/main.js"), "clean", ...args],
    { cwd, reject: false, env: { PIPELINE_CACHE: join(cwd, "cache") } },
  );
  return {
    exitCode,
    stdout,
    stderr,
    json: () =>
      JSON.parse(stdout) as {
        bytes: number;
        results: { step: string; pipelines: string[]; results: number }[];
        cache: { what: string; entries: number; bytes: number }[];
      },
  };
}

/** Something in the cache that was last used so long ago. */
function cacheEntry(cwd: string, path: string, { ago }: { ago: number }): string {
  const place = join(cwd, "cache", path);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "data"), "x".repeat(1000));
  const used = new Date(Date.now() - ago);
  utimesSync(place, used, used);
  return place;
}

describe("pipeline clean", () => {
  const run = async (cwd: string, name: string, count: number) =>
    await runAll(
      { ...(await pipelineOf(cwd, [{ stage: "numbers", with: { count } }, { stage: "write-out" }])), name },
      { cwd },
    );

  it("frees results that no pipeline's last run used, by step and pipeline, and says first what goes", async () => {
    const cwd = await temporaryFolder();
    for (const count of [10, 11, 12]) await run(cwd, "mine", count);
    await run(cwd, "other", 10);

    const dry = await cleaned(cwd, "--dry-run", "--json");
    expect(dry.json().results).toMatchObject([
      { step: expect.any(String), pipelines: ["mine"], results: 1 },
      { pipelines: ["mine"], results: 1 },
    ]);
    expect(readdirSync(join(cwd, ".pipeline/steps/numbers"))).toHaveLength(3);
    const { stdout } = await cleaned(cwd);
    expect(stdout).toMatch(
      pattern(
        /^Results of steps {2}\.pipeline\n {2}(?:numbers|write-out) +mine +1 result +\d+ k?B\n[^]*Cache[^]*\n/u,
        /Freed [\d.]+ k?B\. Kept: /u,
      ),
    );
    expect(readdirSync(join(cwd, ".pipeline/steps/numbers"))).toHaveLength(2);
    expect((await cleaned(cwd, "--json")).json()).toMatchObject({ bytes: 0, results: [] });
    for (const [name, count] of [
      ["mine", 12],
      ["other", 10],
    ] as const) {
      expect((await run(cwd, name, count)).events.at(-1)).toMatchObject({ nothingToDo: true });
    }
    expect(existsSync(join(cwd, "data/mine/numbers.txt"))).toBe(true);
  });

  it("with --all frees every result, and what was remembered stays", async () => {
    const cwd = await temporaryFolder();
    await run(cwd, "mine", 10);
    expect(
      (await cleaned(cwd, "--all", "--json"))
        .json()
        .results.map(({ step }) => step)
        .toSorted(),
    ).toEqual(["numbers", "write-out"]);
    expect(readdirSync(join(cwd, ".pipeline/steps/numbers"))).toEqual([]);
    expect(existsSync(join(cwd, ".pipeline/state.db"))).toBe(true);
    expect((await run(cwd, "mine", 10)).error).toBeUndefined();
  });

  it("removes nothing from under a run", async () => {
    const cwd = await temporaryFolder();
    await run(cwd, "mine", 10);
    const lock = RunLock.acquire(join(cwd, ".pipeline"));
    const { exitCode, stderr } = await cleaned(cwd, "--all");
    expect(exitCode).toBe(1);
    expect(stderr).toContain("another run is at work");
    expect((await cleaned(cwd, "--all", "--dry-run")).exitCode).toBe(0);
    lock.release();
    expect(readdirSync(join(cwd, ".pipeline/steps/numbers"))).toHaveLength(1);
  });

  it("frees what is old in the cache, what was left unfinished, and models only when they are asked for", async () => {
    const cwd = await temporaryFolder();
    const places = {
      old: cacheEntry(cwd, "python/old", { ago: 31 * day }),
      new: cacheEntry(cwd, "python/new", { ago: day }),
      model: cacheEntry(cwd, "models/tiny", { ago: 31 * day }),
      newModel: cacheEntry(cwd, "models/new", { ago: day }),
      left: cacheEntry(cwd, "git/.unfinished/one.git.0123456789abcdef0123", { ago: day }),
      working: cacheEntry(cwd, "git/.unfinished/two.git.0123456789abcdef0123", { ago: 60_000 }),
      before: cacheEntry(cwd, "models/tiny.partial", { ago: 2 * day }),
    };
    const there = () =>
      Object.entries(places)
        .filter(([, place]) => existsSync(place))
        .map(([name]) => name);
    const dry = (await cleaned(cwd, "--dry-run", "--json")).json();
    expect(dry.cache.filter(({ entries }) => entries > 0)).toMatchObject([
      { what: "Python environments", entries: 1, bytes: 1000 },
      { what: "unfinished work", entries: 2, bytes: 2000 },
    ]);
    await cleaned(cwd);
    expect(there()).toEqual(["new", "model", "newModel", "working"]);
    await cleaned(cwd, "--models");
    expect(there()).toEqual(["new", "newModel", "working"]);
    await cleaned(cwd, "--all");
    expect(there()).toEqual(["newModel", "working"]);
    await cleaned(cwd, "--all", "--models");
    expect(there()).toEqual(["working"]);
  });
});
