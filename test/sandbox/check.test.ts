import { readdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CheckerTool, CheckLimits } from "../../pipeline/contract/checker.js";
import { execa } from "execa";
import { findPython } from "../../pipeline/system/python/interpreter.js";
import { sandboxed, type Sandboxed } from "./sandboxed.js";

let box: Sandboxed;
let python: CheckerTool;
beforeAll(async () => {
  box = await sandboxed({});
  const { interpreter, readable } = await findPython();
  python = { command: interpreter, readable };
});
afterAll(() => box.close());

/** What becomes of a Python program that is run as a file to be checked. */
async function runPython(text: string, limits: Partial<CheckLimits> = {}, tool: Partial<CheckerTool> = {}) {
  const [result] = await box.api.check({
    tool: { ...python, ...tool },
    arguments: ["{file}"],
    files: [{ path: "program.py", text }],
    limits,
  });
  return result;
}

describe("a checker", () => {
  it("says of each file what it thinks of it", async () => {
    const results = await box.api.check({
      tool: python,
      arguments: ["-m", "py_compile", "{file}"],
      files: [
        { path: "good.py", text: "x = 1\n" },
        { path: "bad.py", text: "x = = 1\n" },
      ],
    });
    expect(results).toMatchObject([
      { type: "ran", exitCode: 0, signal: null, ended: null, stderr: { text: "", isCut: false } },
      { type: "ran", exitCode: 1, ended: null, stderr: { text: expect.stringContaining("SyntaxError"), isCut: false } },
    ]);
  });

  it("is given all files at once where it can take them, and what lies beside them", async () => {
    const results = await box.api.check({
      tool: python,
      arguments: ["beside/list.py", "{files}"],
      beside: [{ path: "beside/list.py", text: "import sys\nprint(sys.argv[1:])\n" }],
      files: [
        { path: "a.txt", text: "" },
        { path: "inner/b.txt", text: "" },
      ],
    });
    expect(results).toHaveLength(2);
    for (const result of results) expect(result).toMatchObject({ stdout: { text: "['a.txt', 'inner/b.txt']\n" } });
  });

  it("finds the environment that it is given, and none of this process's", async () => {
    process.env["CHECK_SECRET"] = "SECRET";
    const result = await runPython("import os\nprint(dict(os.environ))\n", {}, { environment: { GIVEN: "yes" } });
    delete process.env["CHECK_SECRET"];
    expect(result).toMatchObject({ stdout: { text: expect.stringContaining("'GIVEN': 'yes'") } });
    expect(result).toMatchObject({ stdout: { text: expect.not.stringContaining("SECRET") } });
  });

  it("has a work folder that holds nothing of the file before", async () => {
    const text = "import os\nprint(os.listdir('.'), len(os.listdir('..')))\nopen('left', 'w').close()\n";
    for (let time = 0; time < 2; time += 1)
      expect(await runPython(text)).toMatchObject({ stdout: { text: "['program.py'] 1\n" } });
  });
});

describe("a checker is ended", () => {
  it.each<[string, string, Partial<CheckLimits>]>([
    ["timeout", "while True: pass", { timeout: 0.5 }],
    ["timeout", "import time\ntime.sleep(60)", { timeout: 0.5 }],
    ["memory", "held = []\nwhile True: held.append(b'x' * (1 << 24))", { memory: 64 }],
    ["output", "while True: print('x' * 1000)", { output: 1 }],
    ["processes", "import os, time\nwhile os.fork() >= 0: pass\ntime.sleep(60)", { processes: 8 }],
    ["killed", "import os\nos.kill(os.getpid(), 9)", {}],
  ])("with the reason %s: %s", async (ended, text, limits) => {
    expect(await runPython(text, limits)).toMatchObject({ type: "ran", exitCode: null, ended });
  });

  it.each(["memory_in_a_backlog", "memory_in_datagrams"])(
    "by its memory where the kernel keeps it for sockets: %s",
    async (name) => {
      const text = await readFile(new URL(`hostile-checks/${name}.py`, import.meta.url), "utf8");
      const attack = /def (\w+)/u.exec(text)?.[1] ?? "";
      expect(await runPython(`${text}\n${attack}()\n`, { memory: 64 }, { sockets: true })).toMatchObject({
        ended: "memory",
      });
    },
  );

  it("and nothing that it started is left", async () => {
    const marker = `CHECK_MARKER_${process.pid}`;
    const text = `import subprocess, sys, time
for _ in range(3):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "${marker}"], start_new_session=True)
print("started")
`;
    expect(await runPython(text)).toMatchObject({ exitCode: 0, stdout: { text: "started\n" } });
    expect(await processesWith(marker)).toEqual([]);
  });
});

it("what a checker writes is cut where it is too much, and says so", async () => {
  const result = await runPython("print('x' * 3000)\n", { output: 1 });
  expect(result).toMatchObject({ exitCode: 0, stdout: { text: "x".repeat(1024), isCut: true } });
});

it("may reserve far more memory than it may use", async () => {
  const text = "import mmap\nheld = mmap.mmap(-1, 1 << 33, prot=mmap.PROT_READ)\nprint(len(held))\n";
  expect(await runPython(text, { memory: 64 })).toMatchObject({ exitCode: 0, stdout: { text: `${2 ** 33}\n` } });
});

it("a tool that is not there is an error that says what to do", async () => {
  const job = { tool: { command: "no-such-checker" }, arguments: [], files: [{ path: "a", text: "" }] };
  await expect(box.api.check(job)).rejects.toMatchObject({
    code: "sandbox",
    message: expect.stringContaining("no-such-checker cannot be started"),
    hint: expect.stringContaining("readable"),
  });
  await expect(box.api.checker(job.tool)).rejects.toMatchObject({ message: expect.stringContaining("was not found") });
});

it.each(["../a", "/a", "-a", "a//b"])("the path %s is refused", async (path) => {
  const job = { tool: python, arguments: ["{file}"], files: [{ path, text: "" }] };
  await expect(box.api.check(job)).rejects.toMatchObject({ code: "usage", message: expect.stringContaining(path) });
});

it("tells which tool it is, the same each time", async () => {
  const identity = await box.api.checker(python);
  expect(identity).toMatchObject({
    version: `Python ${(await findPython()).version}`,
    command: expect.stringMatching(/^[\da-f]{64}$/u),
  });
  expect(await box.api.checker(python)).toEqual(identity);
  expect((await box.api.checker({ ...python, environment: { A: "1" } })).environment).not.toBe(identity.environment);
});

const node: CheckerTool = { command: process.execPath, readable: [dirname(dirname(process.execPath))] };
const tools: readonly {
  readonly tool: CheckerTool;
  readonly arguments: readonly string[];
  readonly name: string;
  readonly good: string;
  readonly bad: string;
}[] = [
  { tool: node, arguments: ["--check", "{file}"], name: "a.js", good: "let a = 1;\n", bad: "let = = 1;\n" },
  { tool: { command: "bash" }, arguments: ["-n", "{file}"], name: "a.sh", good: "true\n", bad: "if true; then\n" },
  {
    tool: { command: "gcc" },
    arguments: ["-fsyntax-only", "{file}"],
    name: "a.c",
    good: "int main(void) { return 0; }\n",
    bad: "int main(\n",
  },
  {
    tool: { command: "gofmt", environment: { PATH: "/usr/local/go/bin:/usr/bin" } },
    arguments: ["-e", "{file}"],
    name: "a.go",
    good: "package a\n",
    bad: "package\n",
  },
  {
    tool: { command: "javac", readable: ["/etc/java-17-openjdk"], version: ["-version"] },
    arguments: ["-d", ".", "{file}"],
    name: "A.java",
    good: "class A {}\n",
    bad: "class A { int a = ; }\n",
  },
];

describe("real checkers", () => {
  it.for(tools)("$tool.command tells right from wrong", async ({ tool, name, good, bad, ...job }, { skip }) => {
    skip(!(await isInstalled(tool)), `${tool.command} is not installed`);
    const results = await Promise.all(
      [good, bad].map(
        async (text) =>
          await box.api.check({
            tool,
            arguments: job.arguments,
            files: [{ path: name, text }],
            limits: { timeout: 60, memory: 2048 },
          }),
      ),
    );
    expect(results.flat()).toMatchObject([
      { exitCode: 0, ended: null },
      { ended: null, stderr: { text: expect.stringContaining(name) } },
    ]);
    expect(results.flat()[1]).not.toMatchObject({ exitCode: 0 });
  });
});

async function isInstalled({ command, environment = {} }: CheckerTool): Promise<boolean> {
  const PATH = environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin";
  const { exitCode } = await execa("sh", ["-c", 'command -v "$1"', "sh", command], { reject: false, env: { PATH } });
  return exitCode === 0;
}

async function processesWith(marker: string): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/u.test(name));
  const found = await Promise.all(
    pids.map(async (pid) =>
      (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).includes(marker) ? [pid] : [],
    ),
  );
  return found.flat();
}
