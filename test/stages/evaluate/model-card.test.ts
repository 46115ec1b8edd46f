import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";
import { hashFile } from "../../../pipeline/system/hash.js";
import type { Model } from "../../../pipeline/contract/model.js";
import { packageRoot } from "../../../pipeline/system/paths.js";
import { loadPrompt } from "../../../pipeline/contract/prompt-file.js";
import { Artifact } from "../../../pipeline/contract/records.js";
import modelCard from "../../../stages/evaluate/model-card.js";
import { sumUp } from "../../../stages/evaluate/lib/figures/figures.js";
import { conversation, target } from "../../support/records.js";
import type { StageSurroundings } from "../../support/run-stage.js";
import { manyScores } from "../../support/scores.js";
import { stageTest } from "../../support/stage-test.js";
import { testedTarget, unverified } from "../../../stages/tests/lib/evidence/pytest-evidence.js";
import { TestPrompt } from "../../../stages/python/lib/test-prompt.js";

/** The evidence of a test that was run and passed. */
const passed = (test: string) => ({
  ...unverified(testedTarget(target()), "import pytest\n"),
  verdicts: [{ test, outcome: "passed" as const, reason: null, detail: "" }],
  hashSeeds: [0],
});

const prompt = await loadPrompt(join(packageRoot, "config/prompts/student.yaml"), TestPrompt);
const info: Awaited<ReturnType<Model["info"]>> = {
  name: "base-135M",
  licence: "apache-2.0",
  chatFormat: null,
} as never;

const contestants = {
  student: {
    role: "model",
    model: { source: "pypi:base@1", adapter: "step:convert", quantization: "q8_0" },
    asked: [],
    card: null,
  },
};

/** What the steps before leave, on disk, and where the stage may write. */
async function prepared() {
  const folder = await mkdtemp(join(tmpdir(), "model-card-"));
  onTestFinished(async () => await rm(folder, { recursive: true }));
  await mkdir(join(folder, "before/gguf"), { recursive: true });
  await writeFile(join(folder, "before/gguf/adapter-f16.gguf"), "GGUF weights");
  await writeFile(
    join(folder, "before/report.json"),
    JSON.stringify({ ...sumUp(manyScores(20), { name: "test", seed: 1, history: [] }), contestants }),
  );
  await writeFile(join(folder, "LICENSE"), "The licence of shop\n");
  const hashOf = async (path: string) => await hashFile(join(folder, "before", path)).catch(() => "ab".repeat(32));
  const artifact = async (type: string, path: string, facts: Artifact["facts"] = {}) =>
    Artifact.make({ type, path, sha256: await hashOf(path), bytes: 9_800_000, facts }, { source: null, from: [] });
  const tree = async ({ ref, name, version }: { ref: string; name: string; version: string }) => ({
    ref,
    name,
    version,
    folder,
    importRoots: [""],
    refused: [],
    requirements: [],
    licence: { expression: "MIT", evidence: "LICENSE", files: ["LICENSE"] },
  });
  const surroundings: StageSurroundings = {
    outputDir: join(folder, "output"),
    artifactFolders: [join(folder, "before")],
    prompts: { "prompts/student.yaml": prompt },
    text: "name: test\nseed: 7\n",
    services: {
      model: () => ({ info: async () => info }) as unknown as Model,
      sources: { tree, fetch: async (ref) => await tree({ ref, name: ref, version: "" }) },
    },
  };
  const inputs = {
    models: [
      await artifact("gguf", "gguf/adapter-f16.gguf", {
        holds: "adapter",
        number_format: "f16",
        base_model: "pypi:base@1",
        train_rows: 2,
      }),
      await artifact("adapter", "adapter"),
    ],
    rows: [
      conversation("def test_a():\n    assert a()\n", { evidence: passed("test_a") }),
      conversation("def test_b():\n    assert b()\n", { evidence: passed("test_b") }),
      conversation("def test_c():\n    assert c()\n", { split: "test" }),
    ],
    report: [await artifact("report", "report.html"), await artifact("report", "report.json")],
  };
  return { folder: join(folder, "output"), inputs, surroundings };
}

stageTest(
  modelCard,
  ({ run }) => {
    it("leaves a folder with the model, its card and the licences of its rows", async () => {
      const { folder, inputs, surroundings } = await prepared();
      const { kept, dropped } = await run(inputs, { base: "base" }, surroundings);
      expect(dropped).toMatchObject([{ reason: "no GGUF file: adapter" }]);
      expect((await readdir(join(folder, "student"), { recursive: true })).toSorted()).toEqual([
        "LICENSES",
        "LICENSES/shop-1.0.0.txt",
        "README.md",
        "adapter-f16.gguf",
      ]);
      for (const { path, sha256 } of kept as Artifact[]) expect(sha256).toBe(await hashFile(join(folder, path)));
    });

    it("names the chat format that it was trained in, where that is not its base's own", async () => {
      const { folder, inputs, surroundings } = await prepared();
      const services = {
        ...surroundings.services,
        model: () => ({ info: async () => ({ ...info, chatFormat: "harmony" }) }) as unknown as Model,
      };
      await run(inputs, { base: "base" }, { ...surroundings, services });
      const card = await readFile(join(folder, "student/README.md"), "utf8");
      expect(card).toContain("this form of question, in the chat format harmony, and no other");
      expect(card).toMatch(/student: \{ source: .*, chatTemplate: harmony \}/u);
    });

    it("says how it is asked, how it does, and what it was trained on: the training rows alone", async () => {
      const { folder, inputs, surroundings } = await prepared();
      await run(inputs, { base: "base", notes: ["It knows functions alone."] }, surroundings);
      const card = await readFile(join(folder, "student/README.md"), "utf8");
      const [, header = ""] = card.split(/^---$/mu);
      expect(parse(header)).toMatchObject({
        base_model: "base-135M",
        license: ["apache-2.0", "mit"],
        tags: ["code", "gguf", "lora", "pytest", "python"],
      });
      expect(card).toContain(
        "trained on 2 rows to answer: pytest. Every row was proven by running it before it was trained on.\n",
      );
      expect(card).toContain("It knows functions alone.");
      expect(card).toContain(prompt.instruction.trim());
      expect(card).toContain('{ source: "pypi:base@1", adapter: "file:adapter-f16.gguf", quantization: q8_0 }');
      expect(card).toContain("| shop | `1.0.0` | MIT | 2 | 100.0 % | [text](LICENSES/shop-1.0.0.txt) |");
      const report = sumUp(manyScores(20), { name: "test", seed: 1, history: [] });
      const { value } = report.models["student"]?.salvaged ?? {};
      expect(card).toContain(`${(100 * (value ?? NaN)).toFixed(1)} % (`);
      expect(card).toContain("On 20 functions that gave no row to train on");
    });

    it("claims no proof of rows that have none", async () => {
      const { folder, inputs, surroundings } = await prepared();
      const card = async (...rows: (typeof inputs.rows)[number][]) => {
        await run({ ...inputs, rows }, { base: "base" }, surroundings);
        return await readFile(join(folder, "student/README.md"), "utf8");
      };
      const plain = conversation("def test_d():\n    assert d()\n");
      expect(await card(plain)).toContain("Nothing in the rows proves them.");
      expect(await card(plain, ...inputs.rows)).toContain(
        "Of 3 rows, these were proven before they were trained on: 2 rows by running it.",
      );
    });

    it("says how many of the rows the trainer left out", async () => {
      const { folder, inputs, surroundings } = await prepared();
      const models = inputs.models.map((model) => ({ ...model, facts: { ...model.facts, train_rows: 1 } }));
      await run({ ...inputs, models }, { base: "base" }, surroundings);
      expect(await readFile(join(folder, "student/README.md"), "utf8")).toContain(
        "trained on 1 row to answer: pytest. Every row was proven by running it before it was trained on. 1 more row " +
          "did not fit",
      );
    });

    it.each([
      ["models", "there is no GGUF file"],
      ["report", "there is no report.json"],
    ])("says what is not wired: %s", async (input, message) => {
      const { inputs, surroundings } = await prepared();
      await expect(run({ ...inputs, [input]: [] }, { base: "base" }, surroundings)).rejects.toMatchObject({
        code: "config",
        message: expect.stringContaining(message) as string,
      });
    });
  },
  async () => {
    const { inputs, surroundings } = await prepared();
    return { inputs, surroundings, options: { base: "base" } };
  },
);
