import { expect, it, onTestFinished } from "vitest";
import { folderWith } from "../cli/command.js";
import { installIn } from "../support/installed.js";

/** What a run of a stage says that asks a model for `asks`, and then does with it what it likes. */
async function saidOf(asks: string, does: string): Promise<string> {
  const folder = await folderWith({
    "count.mjs": `import { defineStage, modelRef, SourceFile, z } from "distil-pipeline/stage";
export default defineStage({
  name: "count", summary: "Counts tokens", version: 1,
  reads: SourceFile, writes: SourceFile, parallel: "record", needs: ["model"],
  options: z.strictObject({ model: modelRef(${asks}).describe("Whose tokens are counted") }),
  async *run(files, { model: ref }, context) {
    const model = context.model(ref);
    for await (const file of files) {
      await ${does};
      yield file;
    }
  },
});
`,
    "p.yaml": `name: counts
models: { teacher: { source: "scripted:answers.yaml" } }
steps:
  - stage: ingest
    with: { sources: ["folder:."], include: ["*.yaml"] }
  - stage: ./count.mjs
    with: { model: teacher }
`,
    "answers.yaml": "default: nothing\n",
  });
  onTestFinished(folder.remove);
  await installIn(folder.path);
  const { exitCode, stderr } = await folder.pipeline("run", "p.yaml", "--plain");
  return exitCode === 0 ? "done" : stderr;
}

it("gives a stage what its options ask of a model, and nothing else", async () => {
  expect(await saidOf('{ can: ["tokens"] }', "model.countTokens([file.text])")).toBe("done");
  // The model can do it: another one, in another file, might not.
  const said = await saidOf("", "model.countTokens([file.text])");
  expect(said).toContain('stage "count" uses countTokens of the model "teacher", and its options do not ask for that');
  expect(said).toContain('modelRef({ can: ["tokens"] })');
});

it("holds an answer to a grammar for a stage that asks for it", async () => {
  const said = await saidOf("", 'model.generate({ prompt: "x", grammar: "root ::= [a-z]+" })');
  expect(said).toContain('stage "count" holds the model "teacher" to a grammar, and its options do not ask for that');
});

it("says what a model cannot do that a stage may ask for, and did not in its plan", async () => {
  const said = await saidOf('{ may: ["embeddings"] }', "model.embed([file.text])");
  expect(said).toContain('the model "teacher" cannot embed texts as vectors (embeddings)');
});
