import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { checkClashes } from "../../pipeline/engine/config/outputs.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { pipelineOf, runAll, temporaryFolder } from "../support/pipelines.js";

const main = join(packageRoot, "dist/pipeline/cli/main.js");
const odd = { stage: "keep-odd", from: ["numbers"] };
const numbers = { stage: "numbers", with: { count: 20 } };

describe("two steps that leave one path", () => {
  it("are told apart before anything is overwritten, and each goes where its output says", async () => {
    const cwd = await temporaryFolder();
    const steps = (output?: string) =>
      pipelineOf(cwd, [
        numbers,
        odd,
        { stage: "write-out", from: ["numbers"] },
        { stage: "write-out", id: "odd", from: ["keep-odd"], ...(output !== undefined && { output }) },
      ]);
    const { error } = await runAll(await steps(), { cwd });
    expect(error).toMatchObject({
      code: "config",
      message: 'steps "write-out" and "odd" both leave numbers.txt in the outputs',
      hint: expect.stringContaining("output: odd"),
      locations: [{ file: "test.yaml" }, { file: "test.yaml" }],
    });
    expect(existsSync(join(cwd, "data"))).toBe(false);

    const { steps: ran, events, error: none } = await runAll(await steps("odd/ones"), { cwd });
    expect(none).toBeUndefined();
    expect(
      ran.every(({ cached }) => cached),
      "what has run does not run again for it",
    ).toBe(true);
    expect(events.at(-1)).toMatchObject({ artifacts: [{ path: "numbers.txt" }, { path: "odd/ones/numbers.txt" }] });
    const lines = (path: string) =>
      readFileSync(join(cwd, "data/test", path), "utf8")
        .trim()
        .split("\n").length;
    expect([lines("numbers.txt"), lines("odd/ones/numbers.txt")]).toEqual([20, 10]);
    const again = await runAll(await steps("odd/ones"), { cwd });
    expect(again.events.at(-1)).toMatchObject({ nothingToDo: true });
  });

  it("give what each of them left to a step that reads from both", async () => {
    const cwd = await temporaryFolder();
    const pipeline = await pipelineOf(cwd, [
      numbers,
      odd,
      { stage: "write-out", from: ["numbers"] },
      { stage: "write-out", id: "odd", from: ["keep-odd"], output: "odd" },
      { stage: "read-back", from: ["odd", "write-out"] },
      { stage: "write-out", id: "both", with: { file: "both.txt" } },
    ]);
    expect((await runAll(pipeline, { cwd })).error).toBeUndefined();
    const read = readFileSync(join(cwd, "data/test/both.txt"), "utf8")
      .split("\n")
      .filter((line) => line !== "");
    const all = Array.from({ length: 20 }, (_, number) => String(number));
    expect(read).toEqual([...all.filter((number) => Number(number) % 2 === 1), ...all]);
  });

  it.each([
    ["the same file", [["a/b"], ["a/b"]], "a/b"],
    ["a file where the other has a folder", [["a/b"], ["a"]], "a"],
    ["a folder where the other has a file", [["a"], ["a/b/c"]], "a"],
  ])("clash: %s", (_what, [one = [], other = []], path) => {
    const step = (id: string, output: string | null = null) => ({
      id,
      output,
      location: { file: "f", line: 1, column: 1, length: 1 },
    });
    expect(() =>
      checkClashes([
        { step: step("one"), paths: one },
        { step: step("other"), paths: other },
      ]),
    ).toThrow(`both leave ${path} in`);
    expect(() =>
      checkClashes([
        { step: step("one"), paths: one },
        { step: step("other", "x"), paths: other },
      ]),
    ).not.toThrow();
    expect(() =>
      checkClashes([
        { step: step("one"), paths: ["a/b", "a/c"] },
        { step: step("other"), paths: ["a/d", "b"] },
      ]),
    ).not.toThrow();
    expect(() => checkClashes([{ step: step("one"), paths: ["manifest.json"] }])).toThrow(
      "which the outputs have of their own",
    );
  });
});

describe("a pipeline file", () => {
  const text = (output: string) => `name: twice
steps:
  - stage: ${join(packageRoot, "test/support/stages/numbers.mjs")}
    with: { count: 40, ingested: false }
  - { stage: chat, id: as-chatml, with: { format: chatml } }
  - stage: export
    with: { formats: [jsonl] }
  - { stage: chat, id: as-harmony, from: numbers, with: { format: harmony } }
  - stage: export
    id: harmony
    with: { formats: [jsonl] }
${output}`;
  const run = async (cwd: string, output: string, ...args: string[]) => {
    writeFileSync(join(cwd, "twice.yaml"), text(output));
    return await execa(process.execPath, [main, ...args, "twice.yaml"], {
      cwd,
      reject: false,
      env: { PIPELINE_SET: "" },
    });
  };
  const rows = (cwd: string, folder: string) =>
    readdirSync(join(cwd, folder, "jsonl")).flatMap((name) =>
      readFileSync(join(cwd, folder, "jsonl", name), "utf8")
        .trim()
        .split("\n"),
    );

  it("with two exports is refused before anything runs, with both lines and the fix", async () => {
    const cwd = await temporaryFolder();
    const { stderr, exitCode } = await run(cwd, "", "run");
    expect(exitCode).toBe(2);
    expect(stderr).toContain('steps "export" and "harmony" both leave README.md in the outputs');
    expect(stderr).toMatch(/twice\.yaml:6:\d+[^]*twice\.yaml:9:\d+[^]*output: harmony/u);
    expect(existsSync(join(cwd, ".pipeline/steps"))).toBe(false);
  });

  it("says where the files of a step go, and both datasets are there, each with its own rows and card", async () => {
    const cwd = await temporaryFolder();
    const first = await run(cwd, "    output: harmony\n", "run");
    expect(first).toMatchObject({ exitCode: 0 });
    expect([rows(cwd, "data/twice").length, rows(cwd, "data/twice/harmony").length]).toEqual([40, 40]);
    expect(readFileSync(join(cwd, "data/twice/harmony/README.md"), "utf8")).not.toBe(
      readFileSync(join(cwd, "data/twice/README.md"), "utf8"),
    );
    expect((await run(cwd, "    output: harmony\n", "config", "show")).stdout).toMatch(/^ {4}output: harmony/mu);
  });

  it.each([
    ["../out", "output"],
    ["/tmp/out", "output"],
    [".hidden", "output"],
    ["a//b", "output"],
  ])("cannot lead the files out of the outputs: %s", async (output) => {
    const { stderr, exitCode } = await run(await temporaryFolder(), `    output: ${output}\n`, "config", "validate");
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/expected a folder below the outputs/u);
    expect(stderr).toMatch(/twice\.yaml:12/u);
  });
});
