import { cpSync } from "node:fs";
import { mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { describe, it } from "vitest";
import { packageRoot } from "../../../pipeline/system/paths.js";
import { findPython } from "../../../pipeline/system/python/interpreter.js";
import { prepareEnvironment } from "../../../pipeline/sandbox/environment.js";
import { serviceContext, sourceTree } from "../../sandbox/sandboxed.js";
import { pattern } from "../../support/pattern.js";

/**
 * Real files with what is odd in Python, through the real command and a scripted model. Every folder below
 * test/cases/oddities has input/, what the model writes (teacher.yaml), and what comes of it: expected/tests, which
 * plain pytest has to pass, and expected/rejects.txt, which says why nothing came of the rest. `npm test -- -u`
 * rewrites it.
 */
const cases = join(packageRoot, "test/cases/oddities");
const quick = [
  "--kinds",
  "unit",
  "--samples",
  "1",
  "--set",
  "generate.form=chat",
  "--set",
  "verify.runs=1",
  "--set",
  "verify.measure=false",
  "--set",
  "verify.smallest=false",
  "--plain",
];

describe("oddities of Python", () => {
  it.for(["language", "layouts"])("%s", async (name, { expect, onTestFinished }) => {
    const cwd = await folder(onTestFinished, name);
    const { stdout } = await generate(cwd);
    const written = (await readdir(join(cwd, "tests"))).filter((file) => file.endsWith(".py")).toSorted();
    expect(written).toEqual((await readdir(join(cases, name, "expected/tests"))).toSorted());
    for (const file of written)
      await expect(await readFile(join(cwd, "tests", file), "utf8")).toMatchFileSnapshot(
        join(cases, name, "expected/tests", file),
      );
    await expect(await rejects(cwd)).toMatchFileSnapshot(join(cases, name, "expected/rejects.txt"));

    const command = /^Run the tests: {2}PYTHONPATH=(\S+) python -m pytest tests$/mu.exec(stdout)?.[1] ?? "";
    expect(await pytest(cwd, command)).toMatch(/^\d+ passed in/mu);
  });

  it("type parameters: tests where Python has them, a clear reason where it has not", async ({
    expect,
    onTestFinished,
  }) => {
    const cwd = await folder(onTestFinished, "type-parameters");
    const { exitCode } = await generate(cwd);
    const [, minor] = (await findPython()).version.split(".").map(Number);
    if (minor !== undefined && minor >= 12)
      expect([exitCode, await pytest(cwd, "input")]).toEqual([0, expect.stringMatching(/^2 passed in/mu)]);
    else
      expect([exitCode, await rejects(cwd)]).toEqual([
        1,
        "verify dropped generics.py: import: SyntaxError: invalid syntax (generics.py, line 4)\n".repeat(2),
      ]);
  });

  it("a file of two megabytes, and links that lead in circles", async ({ expect, onTestFinished }) => {
    const cwd = await folder(onTestFinished, "layouts");
    const rows = Array.from(
      { length: 45_000 },
      (_, key) => `    ${key}: (${key}, "entry number ${key}", ${key * 1.5}),\n`,
    ).join("");
    await writeFile(
      join(cwd, "input/lib/table.py"),
      `TABLE = {\n${rows}}\n\n\ndef entry(key):\n    return TABLE[key][1]\n`,
    );
    for (const [target, path] of [
      [".", "loop"],
      ["two", "one"],
      ["one", "two"],
      ["self.py", "lib/self.py"],
      ["table.py", "lib/alias.py"],
      ["/etc", "outside"],
    ] as const) {
      await symlink(target, join(cwd, "input", path));
    }
    await writeFile(
      join(cwd, "teacher.yaml"),
      'rules:\n  - match: "`entry` of the module"\n    answers: ["def test_entry():\\n    assert entry(7) == \'entry ' +
        "number 7'\\n\"]\n",
    );
    await generate(cwd);
    expect(await readFile(join(cwd, "tests/test_lib_table.py"), "utf8")).toContain("\nfrom table import entry\n");
    expect(await rejects(cwd)).toMatch(
      pattern(
        /refused lib\/self\.py: link: it is broken\n.*refused one: link: it is broken\n/u,
        /.*refused outside: link: it has an absolute target\n.*refused two: link: it is broken\n/u,
      ),
    );
  });
});

/** A folder with what a case has, but for what is expected of it. */
async function folder(onTestFinished: (clean: () => Promise<void>) => void, name: string): Promise<string> {
  const cwd = await realpath(await mkdtemp(join(tmpdir(), "oddities-")));
  onTestFinished(async () => await rm(cwd, { recursive: true, force: true }));
  for (const part of ["input", "teacher.yaml"]) cpSync(join(cases, name, part), join(cwd, part), { recursive: true });
  return cwd;
}

async function command(cwd: string, ...args: readonly string[]) {
  return await execa(process.execPath, [join(packageRoot, "dist/pipeline/cli/main.js"), ...args], {
    cwd,
    reject: false,
    env: { PIPELINE_SET: "", NO_COLOR: "1" },
  });
}

async function generate(cwd: string) {
  return await command(cwd, "generate", "input", "--model", "scripted:teacher.yaml", "-o", "tests", ...quick);
}

/** What was left out, one a line: `step type path: reason`, and the part of the file where there is one. */
async function rejects(cwd: string): Promise<string> {
  const { stdout } = await command(cwd, "inspect", "rejects", "--json", "--limit", "1000");
  const entries = stdout.split("\n").map(
    (line) =>
      JSON.parse(line) as {
        step: string;
        type: string;
        path: string | null;
        reason: string;
        part?: { name?: string; target?: string } | null;
      },
  );
  return entries
    .map(
      ({ step, type, path, reason, part }) =>
        `${step} ${type} ${[path, part?.name ?? part?.target].filter(Boolean).join(" ")}: ${reason}\n`,
    )
    .toSorted()
    .join("");
}

/** The last line of plain pytest, without the toolkit. */
async function pytest(cwd: string, importRoots: string): Promise<string> {
  const { paths, python } = await prepareEnvironment(await sourceTree({}), serviceContext);
  const { stdout } = await execa(python, ["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"], {
    cwd,
    env: { PYTHONPATH: [...paths, ...importRoots.split(":").map((root) => join(cwd, root))].join(":") },
  });
  return stdout;
}
