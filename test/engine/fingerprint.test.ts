import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CodeReader } from "../../pipeline/system/code/code.js";
import { loadPipeline } from "../../pipeline/engine/config/config.js";
import { stageCode } from "../../pipeline/engine/plan/module-hash.js";
import { makePlan } from "../../pipeline/engine/plan/plan.js";
import { openSession } from "../../pipeline/engine/plan/session.js";
import { readRunner } from "../../pipeline/sandbox/runner-hash.js";
import { engineOptions, providers, stageLibrary } from "../../pipeline/toolkit.js";
import { type Folder, folderWith } from "../cli/command.js";
import { temporaryFolder } from "../support/pipelines.js";
import { installIn } from "../support/installed.js";

/** Steps of the stages that ship, and those that need a model, a sandbox, or the pipeline's text. */
const shipped = (teacher = '{ source: "scripted:teacher.yaml" }') => `
models: { teacher: ${teacher} }
steps:
  - stage: ingest
    with: { sources: ["folder:src"], licences: [LicenseRef-own] }
  - stage: extract
  - stage: generate
    with: { model: teacher }
  - stage: verify
  - stage: chat
  - stage: export
`;

/** Fingerprints by step of a pipeline that begins with these lines. */
async function fingerprints(head: string, teacher?: string): Promise<Record<string, string>> {
  const cwd = await temporaryFolder();
  await mkdir(join(cwd, "src"));
  await writeFile(join(cwd, "src/prices.py"), "def total(prices):\n    return sum(prices)\n");
  await writeFile(join(cwd, "teacher.yaml"), "rules: []\n");
  await writeFile(join(cwd, "model.gguf"), "weights");
  await writeFile(join(cwd, "p.yaml"), head + shipped(teacher));
  const options = engineOptions({ cwd, sandbox: "none", cacheDir: join(cwd, "cache") });
  const pipeline = await loadPipeline("p.yaml", { cwd, settings: [], environment: undefined, library: stageLibrary });
  const session = await openSession(pipeline, options, providers, () => undefined);
  try {
    const { steps } = await makePlan(pipeline, session);
    return Object.fromEntries(steps.map(({ step, fingerprint }) => [step.id, fingerprint]));
  } finally {
    await session.close();
  }
}

/** The steps whose fingerprints differ. */
async function changedBy(before: string, after: string, teacher?: string): Promise<string[]> {
  const [one, other] = await Promise.all([fingerprints(before, teacher), fingerprints(after, teacher)]);
  return Object.keys(one).filter((step) => one[step] !== other[step]);
}

describe("what a step depends on", () => {
  it("is the name of the pipeline for the step alone that prints it", async () => {
    expect(await changedBy("name: first\n", "name: second\n")).toEqual(["export"]);
  });

  it("is determinism and the shape of a model for a step that asks it, and what comes after it", async () => {
    const asking = ["generate", "verify", "chat", "export"];
    const small = '{ source: "file:model.gguf" }';
    const large = '{ source: "file:model.gguf", contextTokens: 1000000000 }';
    expect(await changedBy("name: first\n", "name: first\ndeterminism: fast\n")).toEqual(asking);
    const [one, three] = [
      "name: first\nhardware: { n_threads: 1 }\n",
      "name: first\nhardware: { n_threads: 3 }\n",
    ] as const;
    // Held by one process with all threads; others by processes of one thread each, however many.
    expect(await changedBy(one, three, large)).toEqual(asking);
    expect(await changedBy(one, three, small)).toEqual([]);
    expect(await changedBy(one, three)).toEqual([]);
  });

  it("is nothing that only says where things are written", async () => {
    expect(await changedBy("name: first\n", "# a comment\nname: first\n")).toEqual([]);
  });

  it.each(Object.keys(stageLibrary.stages))("is the code of %s, and of no stage that it does not import", (name) => {
    const { files } = stageCode({ url: stageLibrary.url, name }, [], new CodeReader());
    expect(Object.keys(files).filter((file) => basename(file) === `${name}.js`)).toEqual([
      expect.stringMatching(/^stages\/\w+\//u),
    ]);
    expect(Object.keys(files)).not.toContain("stages/index.js");
    expect(Object.keys(files)).toContain("pipeline/contract/stage.js");
  });

  it("is, for what tests say, the code that judges them", async () => {
    const { typescript, python } = await readRunner();
    expect(Object.keys(typescript.files)).toEqual(
      expect.arrayContaining(
        ["verdicts", "mutant-report", "job", "run-tests", "mutate", "record-calls"].map(
          (name) => `pipeline/sandbox/${name}.js`,
        ),
      ),
    );
    expect(python.length).toBeGreaterThan(5);
  });

  it("is, for what a model answers, the version of what renders its chat template and of what runs it", () => {
    const { packages } = new CodeReader().read(
      providers.services.find(({ name }) => name === "model")?.modules ?? [],
      join(stageLibrary.url.replace("file://", ""), "../.."),
    );
    expect(Object.keys(packages)).toEqual(expect.arrayContaining(["@huggingface/jinja", "node-llama-cpp"]));
  });
});

/** Remembers a costly answer for each example, and notes in a file that it was worked out. */
const ownStage = (judge: string) => `// A stage of the user's.
import { appendFileSync } from "node:fs";
import { defineStage, Example, reason, z } from "distil-pipeline/stage";
import { keeps } from "./judge.mjs";

export default defineStage({
  name: "costly", summary: "Asks something costly", version: 1, reads: Example, writes: Example, parallel: "record",
  options: z.strictObject({ log: z.string().describe("A file") }),
  async *run(examples, { log }, context) {
    for await (const example of examples) {
      await context.remember({ response: example.response }, async () => appendFileSync(log, "asked\\n"));
      if (keeps(example)) yield example;
      else context.drop(example, reason("judged", "${judge}"));
    }
  },
});
`;

describe("a stage whose code changes", () => {
  let folder: Folder;
  const log = () => join(folder.path, "log.txt");
  const stage = (name: string) => join(import.meta.dirname, `../support/stages/${name}.mjs`);

  beforeAll(async () => {
    folder = await folderWith({
      "costly.mjs": ownStage("not kept"),
      "judge.mjs": "export const keeps = () => true;\n",
    });
    await writeFile(
      join(folder.path, "p.yaml"),
      `name: p\nsteps:\n  - stage: ${stage("numbers")}\n    with: { count: 4 }\n  - stage: ./costly.mjs\n    with: { ` +
        `log: ${log()} }\n`,
    );
    await installIn(folder.path);
  });
  afterAll(() => folder.remove());

  const plan = async () => (await folder.pipeline("plan", "p.yaml")).stdout;
  const asked = async () => (await readFile(log(), "utf8")).split("\n").length - 1;

  it("runs again, says which file it was, and works nothing out again that it remembers", async () => {
    expect((await folder.pipeline("run", "p.yaml")).exitCode).toBe(0);
    expect(await asked()).toBe(4);
    expect(await plan()).toContain("Nothing to run");

    await writeFile(join(folder.path, "judge.mjs"), "// Nothing but words.\nexport const keeps = () =>\n  true;\n");
    expect(await plan()).toContain("Nothing to run");

    await writeFile(join(folder.path, "judge.mjs"), "export const keeps = ({ response }) => response !== '2';\n");
    expect(await plan()).toMatch(/costly +the code of stage costly changed: judge\.mjs$/mu);
    const { stdout } = await folder.pipeline("run", "p.yaml", "--plain");
    expect(stdout).toMatch(/costly.*4 examples in, 3 examples out/u);
    expect(await asked()).toBe(4);
    expect((await folder.pipeline("explain", "--miss", "costly")).stdout).toMatch(
      /because\n +the code of stage costly changed +judge\.mjs\nunchanged:/u,
    );
  });

  it("works it out again when its version says that what it remembers is wrong", async () => {
    const text = await readFile(join(folder.path, "costly.mjs"), "utf8");
    await writeFile(join(folder.path, "costly.mjs"), text.replace("version: 1", "version: 2"));
    expect((await folder.pipeline("run", "p.yaml")).exitCode).toBe(0);
    expect(await asked()).toBe(8);
  });

  it("is refused the pipeline's text unless it asks for it", async () => {
    const text = await readFile(join(folder.path, "costly.mjs"), "utf8");
    await writeFile(
      join(folder.path, "costly.mjs"),
      text.replace("for await", "context.progress(0, 1, context.pipeline.name);\n    for await"),
    );
    const { exitCode, stderr } = await folder.pipeline("run", "p.yaml");
    expect(exitCode).toBe(1);
    expect(stderr).toContain('stage "costly" uses context.pipeline, which it does not ask for');
    expect(stderr).toContain('add "pipeline" to its needs');
    await writeFile(
      join(folder.path, "costly.mjs"),
      text
        .replace("for await", "context.progress(0, 1, context.pipeline.name);\n    for await")
        .replace('parallel: "record"', 'parallel: "record", needs: ["pipeline"]'),
    );
    expect((await folder.pipeline("run", "p.yaml")).exitCode).toBe(0);
    const written = await readFile(join(folder.path, "p.yaml"), "utf8");
    await writeFile(join(folder.path, "p.yaml"), `${written}determinism: fast\n`);
    expect(await plan()).toMatch(/finished +numbers\b/u);
    expect(await plan()).toMatch(/costly +the configuration that it prints changed$/mu);
    // A pipeline of another name has results of its own.
    await writeFile(join(folder.path, "p.yaml"), written.replace("name: p", "name: other"));
    expect(await plan()).toMatch(/finished +numbers\b/u);
    expect(await plan()).toMatch(/costly +has not run yet$/mu);
  });
});
