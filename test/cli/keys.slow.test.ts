import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../pipeline/system/paths.js";
import { temporaryFolder } from "../support/pipelines.js";
import { openTerminal, type Terminal } from "../support/terminal.js";

const main = join(packageRoot, "dist/pipeline/cli/main.js");
const stage = (name: string) => join(packageRoot, `test/support/stages/${name}.mjs`);

/** A shell in a folder with a pipeline that takes its time over numbers. */
async function shellWith(options: Readonly<Record<string, unknown>>, env: Readonly<Record<string, string>> = {}) {
  const cwd = await temporaryFolder();
  const journal = join(cwd, "journal");
  const steps = [
    { stage: stage("numbers"), with: { count: 200 } },
    { stage: stage("take-time"), with: { journal, ...options } },
    { stage: stage("write-out") },
  ];
  await writeFile(join(cwd, "slow.yaml"), JSON.stringify({ name: "slow", steps }));
  const terminal = openTerminal(cwd, { run: `${process.execPath} ${main} run slow.yaml --workers 1`, ...env });
  await terminal.shows(/\$ /u);
  const noted = async () => (await readFile(journal, "utf8").catch(() => "")).split("\n").filter(Boolean).length;
  return { cwd, noted, terminal };
}

/** The modes of the terminal, as `stty` tells them. */
async function modesOf({ type, shows }: Terminal): Promise<string> {
  type("stty -a | tr '\\n' ' '; echo that is $((40 + 2))\r");
  const [modes] = await shows(/speed [^]*that is 42/u);
  return modes;
}

/** As a shell wants it: lines are edited and echoed, Ctrl-C is a signal. */
const cooked = / isig icanon iexten echo /u;

const keys = /p pause · s skip what is in work · q stop \(nothing is lost\)/u;

describe.runIf(process.platform === "linux")("the keys of a run on a terminal", () => {
  it("p pauses and goes on: nothing begins meanwhile", async () => {
    const { noted, terminal } = await shellWith({ delay: 10 });
    terminal.type('$run; echo "code $?"\r');
    await terminal.shows(/take-time .* \d+\/200/u);
    terminal.type("p");
    await terminal.shows(/slow {2}paused/u);
    await terminal.shows(/p go on · s skip what is in work · q stop/u);
    const before = await noted();
    expect(before).toBeLessThan(200);
    // The clock goes on, and nothing else.
    await terminal.shows(/slow {2}paused[^]*slow {2}paused/u);
    expect(await noted()).toBe(before);
    terminal.type("p");
    await terminal.shows(/Done in [^]*code 0/u);
    expect(await noted()).toBe(200);
    expect(await modesOf(terminal)).toMatch(cooked);
  }, 150_000);

  it("s skips the item that is longest in work, and says which; the next run takes it again", async () => {
    const { cwd, noted, terminal } = await shellWith({ stuckAt: 77 });
    terminal.type('$run; echo "code $?"\r');
    await terminal.shows(/in work Example \w{12} of numbers · 0:0[2-9]/u);
    terminal.type("s");
    await terminal.shows(/skipped: Example \w{12} of numbers {2}\(the next run takes it again/u);
    await terminal.shows(/1 failed because [^]*code 0/u);
    expect(await noted()).toBe(199);
    await writeFile(join(cwd, "unstuck"), "");
    terminal.type('$run; echo "code $?"\r');
    await terminal.shows(/Done in [^]*code 0/u);
    expect(await noted()).toBe(200);
  }, 150_000);

  it.each([
    ["q", "q"],
    ["Ctrl-C", "\u0003"],
  ])(
    "%s stops the run cleanly, gives the terminal back, and the same command goes on",
    async (_name, key) => {
      const { cwd, terminal } = await shellWith({ stuckAt: 77 });
      terminal.type('$run; echo "code $?"\r');
      await terminal.shows(keys);
      await terminal.shows(/in work Example/u);
      terminal.type(key);
      await terminal.shows(/Stopped after .*, in take-time\.[^]*To go on: {2}pipeline run slow\.yaml[^]*code 130/u);
      expect(await modesOf(terminal)).toMatch(cooked);
      await writeFile(join(cwd, "unstuck"), "");
      terminal.type('$run; echo "code $?"\r');
      await terminal.shows(/Done in [^]*code 0/u);
    },
    150_000,
  );

  it("Ctrl-Z gives the terminal to the shell, and fg takes it again", async () => {
    const { terminal } = await shellWith({ stuckAt: 77 });
    terminal.type('$run; echo "code $?"\r');
    await terminal.shows(/in work Example/u);
    terminal.type("\u001A");
    await terminal.shows(/Stopped[^]*\$ /u);
    expect(await modesOf(terminal)).toMatch(cooked);
    terminal.type("fg\r");
    await terminal.shows(keys);
    terminal.type("s");
    await terminal.shows(/skipped: /u);
    await terminal.shows(/1 failed because [^]*\$ /u);
    expect(await modesOf(terminal)).toMatch(cooked);
  }, 150_000);

  it("goes on in the background, where it leaves the terminal alone", async () => {
    const { noted, terminal } = await shellWith({ stuckAt: 77 });
    terminal.type("$run\r");
    await terminal.shows(/in work Example/u);
    terminal.type("\u001A");
    await terminal.shows(/Stopped[^]*\$ /u);
    terminal.type("bg\r");
    await terminal.shows(/in work Example/u);
    expect(await modesOf(terminal)).toMatch(cooked);
    terminal.type("fg\r");
    // Bash tells nobody: what is typed before the run has looked is echoed, and no key.
    for (let skipped = false; !skipped;) {
      terminal.type("s");
      skipped = /skipped: /u.test((await terminal.shows(/skipped: |in work Example/u))[0]);
    }
    await terminal.shows(/1 failed because [^]*\$ /u);
    expect(await noted()).toBe(199);
  }, 150_000);

  it("are given back after a failure that nobody caught", async () => {
    const { cwd, terminal } = await shellWith({ stuckAt: 77 }, { NODE_OPTIONS: "--import ./crash.mjs" });
    await writeFile(
      join(cwd, "crash.mjs"),
      `import { existsSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
if (isMainThread) setInterval(() => { if (existsSync("crash")) throw new Error("boom"); }, 50).unref();\n`,
    );
    terminal.type('$run; echo "code $?"\r');
    await terminal.shows(/in work Example/u);
    await writeFile(join(cwd, "crash"), "");
    await terminal.shows(/boom[^]*code [1-9]/u);
    terminal.type("unset NODE_OPTIONS\r");
    expect(await modesOf(terminal)).toMatch(cooked);
  }, 150_000);

  it("are none where the input is no terminal, or the run is in the background from the beginning", async () => {
    const { noted, terminal } = await shellWith({ delay: 5 });
    terminal.type('$run < /dev/null; echo "code $?"\r');
    await terminal.shows(/stop: Ctrl-C \(nothing is lost\)/u);
    await terminal.shows(/Done in [^]*code 0/u);
    terminal.type('$run --fresh & wait; echo "code $?"\r');
    await terminal.shows(/stop: Ctrl-C \(nothing is lost\)/u);
    await terminal.shows(/Done in [^]*code 0/u);
    expect(await noted()).toBe(400);
    expect(terminal.screen()).not.toMatch(keys);
  }, 150_000);
});
