import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type * as Library from "../pipeline/index.js";
import { packageRoot } from "../pipeline/system/paths.js";
import type { PipelineError } from "../pipeline/system/errors.js";
import { temporaryFolder } from "./support/pipelines.js";

// The library as a program has it: a stage of one's own that names files finds its schemas there.
const { loadPipeline, run, startRun } = (await import(join(packageRoot, "dist/pipeline/index.js"))) as typeof Library;
const stage = (name: string) => join(packageRoot, `test/support/stages/${name}.mjs`);

const declared = `name: odd
parameters:
  most: { sets: numbers.count }
  file: { sets: copy-file.file }
  patience: { sets: { keep-odd.delay: { none: 0, some: 1 } } }
  even: { steps: [keep-odd] }
  source: { sets: ingest.sources }
  model: { sets: models.writer.source }
models: { writer: { source: tiny } }
steps:
  - { stage: ingest, with: { sources: ["folder:."] } }
  - { stage: ${stage("numbers")}, with: { count: 150 } }
  - { stage: ${stage("keep-odd")} }
  - { stage: ${stage("write-out")} }
  - { stage: ${stage("copy-file")}, with: { file: shop.py } }
`;

async function folderWithPipeline(): Promise<string> {
  const cwd = await temporaryFolder();
  await writeFile(join(cwd, "odd.yaml"), declared);
  await writeFile(join(cwd, "shop.py"), "");
  return cwd;
}

const linesOf = async (cwd: string) =>
  (await readFile(join(cwd, "data/odd/numbers.txt"), "utf8")).split("\n").length - 1;

describe("the parameters of a pipeline file, from a program", () => {
  it("hold for run and for startRun", async () => {
    const cwd = await folderWithPipeline();
    await mkdir(join(cwd, "notes"));
    await writeFile(join(cwd, "notes/own.txt"), "mine");
    const few = await loadPipeline("odd.yaml", { cwd, parameters: { most: 20, file: "notes/own.txt" } });
    const told: Library.PipelineEvent["type"][] = [];
    for await (const { type } of run(few, { cwd })) told.push(type);
    expect(told.at(-1)).toBe("run-finished");
    expect(await linesOf(cwd)).toBe(10);
    expect(await readFile(join(cwd, "data/odd/own.txt"), "utf8")).toBe("mine");

    const all = await loadPipeline("odd.yaml", { cwd, parameters: { most: 30, even: false } });
    expect(await startRun(all, { cwd }).done).toMatchObject({ status: "done" });
    expect(await linesOf(cwd)).toBe(30);
  });

  it("name sources and models as on the command line: folders, files, references, from the run's folder", async () => {
    const cwd = await folderWithPipeline();
    await mkdir(join(cwd, "shop"));
    await writeFile(join(cwd, "mine.gguf"), "");
    await mkdir(join(cwd, "pipelines"));
    await writeFile(join(cwd, "pipelines/odd.yaml"), declared);
    const { steps, models } = await loadPipeline("pipelines/odd.yaml", {
      cwd,
      parameters: {
        source: ["shop", "pypi:toolz@1.0.0", "https://example.org/tool.git"],
        model: "mine.gguf",
        file: "notes.txt",
      },
    });
    expect(steps[0]?.options["sources"]).toEqual([
      `folder:${cwd}/shop`,
      "pypi:toolz@1.0.0",
      "git:https://example.org/tool.git",
    ]);
    expect(steps[4]?.options["file"]).toBe(`${cwd}/notes.txt`);
    expect(models["writer"]?.source).toBe(`file:${cwd}/mine.gguf`);
  });

  it("are weaker than settings, and what is undefined is not given", async () => {
    const cwd = await folderWithPipeline();
    const read = async (options: Parameters<typeof loadPipeline>[1]) =>
      (await loadPipeline("odd.yaml", { cwd, ...options })).steps[1]?.options["count"];
    expect(await read({ parameters: { most: 7 }, settings: ["numbers.count=9"] })).toBe(9);
    expect(await read({ parameters: { most: undefined } })).toBe(150);
  });

  it.each([
    [{ mots: 3 }, 'this pipeline has no parameter "mots": parameters: { "mots": 3 } | Did you mean "most"?'],
    [{ most: -1 }, '(set by parameters: { "most": -1 })'],
    [{ most: "many" }, '(set by parameters: { "most": "many" })'],
    [{ patience: "much" }, '"patience" cannot be "much": parameters: { "patience": "much" }'],
    [{ even: "no" }, '"even" cannot be "no"'],
    [{ source: "gone" }, "no such folder: gone"],
  ])("are checked like the options that they set: %j", async (parameters, complaint) => {
    const cwd = await folderWithPipeline();
    const {
      message,
      hint = "",
      code,
    } = (await loadPipeline("odd.yaml", { cwd, parameters }).then(
      () => ({}),
      (error: unknown) => error,
    )) as PipelineError;
    expect([code, `${message} | ${hint}`]).toEqual(["usage", expect.stringContaining(complaint)]);
  });

  it("leave what is wrong with their file to the file's own check", async () => {
    const cwd = await folderWithPipeline();
    await writeFile(join(cwd, "odd.yaml"), declared.replace("numbers.count", "numbers.cuont"));
    await expect(loadPipeline("odd.yaml", { cwd, parameters: { most: 7 } })).rejects.toMatchObject({
      message: 'stage "numbers" has no option "cuont"',
    });
    await expect(loadPipeline("gone.yaml", { cwd, parameters: { most: 7 } })).rejects.toMatchObject({
      message: "no pipeline file gone.yaml",
    });
  });
});
