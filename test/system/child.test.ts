import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { ChildError, runChild } from "../../pipeline/system/child.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { temporaryFolder } from "../support/pipelines.js";

describe("runChild", () => {
  it("answers what the command wrote, and gives it its input", async () => {
    expect(await runChild("cat", [], { code: "internal", input: "grüße\n" })).toEqual({ stdout: "grüße", stderr: "" });
    expect(await runChild("cat", [], { code: "internal" })).toEqual({ stdout: "", stderr: "" });
  });

  it("passes arguments as they are, and sets the folder and the environment", async () => {
    const cwd = await temporaryFolder();
    const { stdout } = await runChild("sh", ["-c", 'printf "%s|" "$@" "$PWD" "$WORD"', "sh", "a b", "$HOME", "*"], {
      code: "internal",
      cwd,
      env: { WORD: "x y" },
    });
    expect(stdout).toBe(`a b|$HOME|*|${cwd}|x y|`);
  });

  it("fails with the last lines of what the command said", async () => {
    const failure = await runChild("sh", ["-c", "echo out; echo first >&2; echo last >&2; exit 3"], {
      code: "python",
    }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ChildError);
    expect(failure).toMatchObject({
      code: "python",
      status: 3,
      stdout: "out",
      message: "sh failed (exit status 3): first\nlast",
    });
  });

  it("says so where there is no such command", async () => {
    await expect(runChild("no-such-command", [], { code: "python" })).rejects.toThrow(
      /^no-such-command was not found/u,
    );
  });

  it("tells of a signal that ended the command", async () => {
    await expect(runChild("sh", ["-c", "kill -KILL $$"], { code: "internal" })).rejects.toMatchObject({ status: 137 });
  });

  it("kills all that the command started when it is stopped", async () => {
    const pids = join(await temporaryFolder(), "pids");
    const controller = new AbortController();
    const running = runChild("sh", ["-c", family, "sh", pids], { code: "internal", signal: controller.signal });
    const started = await readPids(pids);
    controller.abort();
    await expect(running).rejects.toMatchObject({ code: "interrupted" });
    await vi.waitFor(() => expect(started.filter(isRunning)).toEqual([]));
  });

  it("lets the command end by itself where it is given the time, and kills it where it does not", async () => {
    const ready = async (child: (onLine: (line: string) => void) => Promise<unknown>) => {
      let running: Promise<unknown> | undefined;
      await new Promise<void>((resolve) => {
        running = child(() => resolve());
        running.catch(() => undefined);
      });
      return { running };
    };
    const file = join(await temporaryFolder(), "last-words");
    const polite = new AbortController();
    const { running } = await ready((onLine) =>
      runChild(
        "sh",
        ["-c", `trap 'echo saved > "$1"; exit 0' TERM; echo ready; while :; do sleep 0.05; done`, "sh", file],
        { signal: polite.signal, grace: 20_000, onLine },
      ),
    );
    polite.abort();
    await expect(running).rejects.toMatchObject({ code: "interrupted" });
    expect(await readFile(file, "utf8")).toBe("saved\n");

    const stubborn = new AbortController();
    const { running: other } = await ready((onLine) =>
      runChild("sh", ["-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done"], {
        signal: stubborn.signal,
        grace: 100,
        onLine,
      }),
    );
    stubborn.abort();
    await expect(other).rejects.toMatchObject({ code: "interrupted" });
  });

  it("hands over each line as it comes", async () => {
    const lines: string[] = [];
    await runChild("sh", ["-c", "echo one; printf 'two\\nthree'"], { onLine: (line) => lines.push(line) });
    expect(lines).toEqual(["one", "two", "three"]);
  });

  it("leaves nothing behind of a command that ends politely, and did not end what it had started", async () => {
    const pids = join(await temporaryFolder(), "pids");
    const controller = new AbortController();
    const polite = [
      "trap 'exit 0' TERM",
      'sleep 600 </dev/null >/dev/null 2>&1 & echo $! $$ > "$1.new"',
      'mv "$1.new" "$1"',
      "wait",
    ].join("; ");
    const running = runChild("sh", ["-c", polite, "sh", pids], { signal: controller.signal, grace: 20_000 });
    const started = await readPids(pids);
    controller.abort();
    await expect(running).rejects.toMatchObject({ code: "interrupted" });
    await vi.waitFor(() => expect(started.filter(isRunning)).toEqual([]));
  });

  it("does not wait for what has left the group and holds its output open", async () => {
    const pids = join(await temporaryFolder(), "pids");
    const controller = new AbortController();
    const running = runChild(
      "sh",
      ["-c", `setsid sh -c 'echo $$ > "$1.new"; mv "$1.new" "$1"; exec sleep 600' sh "$1" & wait`, "sh", pids],
      { signal: controller.signal },
    );
    const [escaped = 0] = await readPids(pids);
    controller.abort();
    await expect(running).rejects.toMatchObject({ code: "interrupted" });
    process.kill(escaped, "SIGKILL");
  });

  it("reads more output by line than it would keep whole, and keeps its end", { timeout: 120_000 }, async () => {
    let lines = 0;
    const failing = runChild("sh", ["-c", "yes $(printf %01000d 7) | head -n 120000; echo end of output; exit 3"], {
      onLine: () => {
        lines += 1;
      },
    });
    const failure: unknown = await failing.catch((error: unknown) => error);
    expect(failure).toMatchObject({ status: 3, stdout: expect.stringMatching(/end of output$/u) as string });
    expect(lines).toBe(120_001);
  });

  it("leaves nothing behind when this process is killed", async () => {
    const folder = await temporaryFolder();
    const pids = join(folder, "pids");
    const script = join(folder, "parent.mjs");
    const child = pathToFileURL(join(packageRoot, "dist/pipeline/system/child.js")).href;
    await writeFile(
      script,
      `import { runChild } from ${JSON.stringify(child)};\nawait runChild("sh", ["-c", ${JSON.stringify(family)}, ` +
        `"sh", ${JSON.stringify(pids)}], { ` +
        `code: "internal" });\n`,
    );
    const parent = spawn(process.execPath, [script], { stdio: "inherit" });
    const started = await readPids(pids);
    expect(started.every(isRunning)).toBe(true);
    parent.kill("SIGKILL");
    await once(parent, "exit");
    await vi.waitFor(() => expect(started.filter(isRunning)).toEqual([]));
  });
});

/** A process with a child; both wait for longer than any test. */
const family = 'sleep 600 & echo $! $$ > "$1.new"; mv "$1.new" "$1"; wait';

async function readPids(file: string): Promise<number[]> {
  const text = await vi.waitFor(() => readFile(file, "utf8"), { timeout: 20_000 });
  return text.trim().split(" ").map(Number);
}

/** A process that is dead but that nobody has asked for yet does not count. */
function isRunning(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.trim() !== "" && !stdout.startsWith("Z");
}
