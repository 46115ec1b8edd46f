import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { on } from "node:events";
import type { Readable } from "node:stream";
import { afterEach, beforeEach, expect, it, onTestFinished } from "vitest";
import type { PipelineEvent } from "../../pipeline/contract/events.js";
import { type Folder, folderWith, oddNumbers } from "./command.js";
import { pattern } from "../support/pattern.js";

let folder: Folder;
beforeEach(async () => {
  folder = await folderWith({ "odd.yaml": oddNumbers });
});
afterEach(async () => await folder.remove());

const slow = ["--set", "keep-odd.delay=40"];
const odd = (count: number) =>
  Array.from({ length: count }, (_, number) => number)
    .filter((number) => number % 2 === 1)
    .map((number) => `${number}\n`)
    .join("");
const written = () => readFile(join(folder.path, "data/odd/numbers.txt"), "utf8");

/** Reads a program's output up to a text; fails where it ends before. */
async function until(stream: Readable, text: string): Promise<void> {
  let seen = "";
  for await (const [chunk] of on(stream, "data", { close: ["end"] })) {
    seen += String(chunk);
    if (seen.includes(text)) return;
  }
  throw new Error(`the program ended without saying ${text}: ${seen}`);
}

function events(stdout: string): PipelineEvent[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as PipelineEvent);
}

it("runs a pipeline, and does nothing the next time", async () => {
  const first = await folder.pipeline("run", "odd.yaml");
  expect(first).toMatchObject({ exitCode: 0, stderr: "" });
  expect(first.stdout).toMatch(
    /Done in .+\. {2}write-out: 1 file\.\n {2}data\/odd\/ +numbers\.txt\n {2}75 left out: 75 even/u,
  );
  expect(await written()).toBe(odd(150));
  const second = await folder.pipeline("run", "odd.yaml");
  expect(second).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining("Nothing to do: all 3 steps were finished before.") as string,
  });
});

const canMount = process.platform === "linux" && process.getuid?.() === 0;

it.runIf(canMount)("says that the disk is full, and goes on with the same command when there is space", async () => {
  const small = await folderWith({});
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=200k", "tmpfs", small.path]);
  onTestFinished(async () => {
    execFileSync("umount", ["-l", small.path]);
    await small.remove();
  });
  await writeFile(join(small.path, "odd.yaml"), oddNumbers);
  const full = await small.pipeline("run", "odd.yaml");
  expect(full).toMatchObject({
    exitCode: 1,
    stderr:
      "error: no space is left on the disk\n  free some space and run the same command again: what is finished is kept",
  });
  execFileSync("mount", ["-o", "remount,size=50m", small.path]);
  expect(await small.pipeline("run", "odd.yaml")).toMatchObject({ exitCode: 0 });
  expect(await readFile(join(small.path, "data/odd/numbers.txt"), "utf8")).toBe(odd(150));
});

it("tells its events as JSON lines", async () => {
  const { stdout } = await folder.pipeline("run", "odd.yaml", "--json");
  const told = events(stdout);
  expect(told[0]).toMatchObject({ type: "run-started", pipeline: "odd", seed: 3 });
  expect(told.filter(({ type }) => type === "step-finished")).toMatchObject([
    { step: "numbers", cached: false, out: 150 },
    { step: "keep-odd", in: 150, out: 75, dropped: 75, failed: 0, skipped: 0 },
    { step: "write-out", in: 75, out: 1 },
  ]);
  expect(told.at(-1)).toMatchObject({ type: "run-finished", status: "done", outputs: "data/odd" });
});

it("stops at Ctrl-C with 130, says how to go on, and goes on", async () => {
  const running = folder.start("run", "odd.yaml", "--plain", ...slow);
  await until(running.stdout, "keep-odd   started");
  running.kill("SIGINT");
  const { exitCode, stdout } = await running;
  expect(exitCode).toBe(130);
  expect(stdout).toContain("To go on:  pipeline run odd.yaml --set keep-odd.delay=40 --plain");
  expect(await folder.pipeline("run", "odd.yaml", ...slow)).toMatchObject({ exitCode: 0 });
  expect(await written()).toBe(odd(150));
});

it("refuses a second run in the same folder with the first one's id", async () => {
  const running = folder.start("run", "odd.yaml", "--plain", ...slow);
  await until(running.stdout, "keep-odd   started");
  const [, id = "none"] =
    /"run":"(\S+?)"/u.exec((await folder.pipeline("status", "--json")).stdout.replaceAll(/\s/gu, "")) ?? [];
  expect(await folder.pipeline("run", "odd.yaml")).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining(`${id} (odd)`) as string,
  });
  running.kill("SIGINT");
  await running;
});

it("says where a failed run failed, and shows the stack with --debug alone", async () => {
  const failing = ["run", "odd.yaml", "--set", "keep-odd.failAt=7"];
  const { exitCode, stdout, stderr } = await folder.pipeline(...failing);
  expect([exitCode, stderr]).toEqual([
    1,
    expect.stringMatching(
      pattern(
        /^error: the stage of step "keep-odd" failed: Error: .*cannot bear 7\n\n {2}.*keep-odd\.mjs:\d+:\d+\n/u,
        /(?: {4}.*\n)+ {2}The stage is your own/u,
      ),
    ),
  ]);
  expect(stderr).not.toContain("    at ");
  expect(stdout).toContain(
    "in keep-odd.\n  What is finished is kept. To go on:  pipeline run odd.yaml --set keep-odd.failAt=7",
  );
  expect((await folder.pipeline(...failing, "--debug")).stderr).toMatch(/\n {4}at .*keep-odd\.mjs/u);
});

it("plans without running: --dry-run and plan say what would run, and why", async () => {
  const dry = await folder.pipeline("run", "odd.yaml", "--dry-run");
  expect(dry.stdout).toMatch(/▸ runs +numbers +has not run yet\n▸ runs +keep-odd +numbers runs first\n/u);
  expect((await folder.pipeline("run", "-n", "-j", "1", "odd.yaml")).stdout).toBe(dry.stdout);
  await expect(written()).rejects.toThrow("ENOENT");
  await folder.pipeline("run", "odd.yaml");
  const { stdout } = await folder.pipeline("plan", "odd.yaml", "--json", "--set", "keep-odd.delay=1");
  expect((JSON.parse(stdout) as { steps: object[] }).steps).toMatchObject([
    { step: "numbers", runs: false },
    { step: "keep-odd", runs: true, why: "options.delay changed" },
    { step: "write-out", runs: true, why: "keep-odd runs first" },
  ]);
});

it("runs again whenever the pipeline file changes with --watch, and waits where it is wrong", async () => {
  const watching = folder.start("run", "odd.yaml", "--plain", "--watch");
  await until(watching.stderr, "watching for changes");
  expect(await written()).toBe(odd(150));
  const complaint = until(watching.stderr, "watching for changes");
  await writeFile(join(folder.path, "odd.yaml"), oddNumbers.replace("150", "30"));
  await complaint;
  expect(await written()).toBe(odd(30));
  const mistake = until(watching.stderr, "expected a whole number");
  await writeFile(join(folder.path, "odd.yaml"), oddNumbers.replace("150", "many"));
  await mistake;
  watching.kill("SIGINT");
  expect((await watching).exitCode).toBe(130);
});
