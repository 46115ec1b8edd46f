import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createScriptedModel } from "../../../pipeline/models/scripted.js";
import { packageRoot } from "../../../pipeline/system/paths.js";
import { loadPrompt } from "../../../pipeline/contract/prompt-file.js";
import type { Example } from "../../../pipeline/contract/records.js";
import { joinTests } from "../../../stages/tests/lib/join-tests.js";
import strengthen from "../../../stages/tests/strengthen.js";
import verify from "../../../stages/tests/verify.js";
import { sandboxed, type Sandboxed } from "../../sandbox/sandboxed.js";
import { example } from "../../support/records.js";
import { runStage } from "../../support/run-stage.js";
import { stageTest } from "../../support/stage-test.js";
import { pytestExample } from "./verify-example.js";
import { PytestEvidence } from "../../../stages/tests/lib/evidence/pytest-evidence.js";
import { TestPrompt } from "../../../stages/python/lib/test-prompt.js";

const prompt = await loadPrompt(join(packageRoot, "config/prompts/pytest.yaml"), TestPrompt);
let shop: Sandboxed;
let folder: string;
beforeAll(async () => {
  shop = await sandboxed({ "prices.py": "def add(a, b):\n    if a < 0:\n        return 0\n    return a + b\n" });
  folder = await mkdtemp(join(tmpdir(), "strengthen-"));
});
afterAll(async () => {
  await shop.close();
  await rm(folder, { recursive: true });
});

const weak = "def test_add():\n    assert add(1, 2) == 3";

stageTest(
  strengthen,
  ({ run }) => {
    it("adds tests for what went unnoticed, and a second verification tells what they are worth", async () => {
      const first = await verified(weak);
      const stronger = await strengthened(
        first,
        "def test_add():\n    assert add(-1, 2) == 0\n\n\ndef test_wrong():\n    assert add(-1, 3) == 4\n",
      );
      expect(stronger.kept).toMatchObject([
        {
          response:
            `${weak}\n\n\ndef test_add_2():\n    assert add(-1, 2) == 0\n\n\ndef test_wrong():\n    assert ` +
            `add(-1, 3) == 4`,
          labels: { strengthened: "model:script.yaml" },
          evidence: { verdicts: [], mutants: null },
        },
      ]);
      const [again] = (await runStage(verify, stronger.kept, { runs: 1, measure: true }, surroundings()))
        .kept as Example[];
      expect(again?.response).toBe(`${weak}\n\n\ndef test_add_2():\n    assert add(-1, 2) == 0`);
      expect(killedBy(again)).toBeGreaterThan(killedBy(first));
    });

    it("shows the model the code, its tests and the changes that survive", async () => {
      const asked: string[] = [];
      await strengthened(await verified(weak), "", (messages) => asked.push(messages));
      expect(asked).toHaveLength(1);
      for (const part of [
        "Write a test.",
        weak,
        "-        return 0\n+        return None",
        "fail on at least one of these changes",
      ])
        expect(asked[0]).toContain(part);
    });

    it("leaves an example as it is where the model adds nothing, or where nothing survives", async () => {
      const first = await verified(weak);
      const { kept, rejected } = await strengthened(first, "I would not know.");
      expect(kept).toEqual([first]);
      expect(rejected).toMatchObject([
        { reason: "nothing added: the answer holds no new test", part: { target: "add", answer: "I would not know." } },
      ]);

      const all = await verified(
        `${weak}\n\n\ndef test_edges():\n    assert add(-1, 2) == 0\n    assert add(0, 2) == 2\n    assert add(-0.5, ` +
          `2) == 0\n    assert add(0.5, 2) == 2.5`,
      );
      const asked: string[] = [];
      expect((await strengthened(all, weak, (messages) => asked.push(messages))).kept).toEqual([all]);
      expect(asked).toEqual([]);
    });

    it("passes examples of other tasks through, and those that were never verified", async () => {
      const others = [example("42", { task: "question" }), pytestExample(weak)];
      expect((await run(others, { model: "teacher", prompt: "p.yaml" }, surroundings())).kept).toEqual(others);
    });

    it("needs a prompt file that says how survivors are shown", async () => {
      const { strengthen: _strengthen, ...without } = prompt;
      await expect(
        run([], { model: "teacher", prompt: "p.yaml" }, { ...surroundings(), prompts: { "p.yaml": without } }),
      ).rejects.toThrow(/does not say how a model is shown surviving mutants/u);
    });
  },
  async () => {
    await writeFile(
      join(folder, "script.yaml"),
      JSON.stringify({ default: "def test_b():\n    assert add(-1, 2) == 0\n" }),
    );
    return {
      inputs: [await verified(weak), example("42", { task: "question" })],
      options: { model: "teacher", prompt: "p.yaml" },
      surroundings: surroundings(),
    };
  },
);

it("joins tests without repeating or replacing anything", () => {
  const first = "import math\n\ndef helper():\n    return 1\n\ndef test_a():\n    assert helper() == 1";
  expect(joinTests(first, "import math\n\ndef test_b():\n    assert math.pi > 3")).toBe(
    `${first}\n\n\ndef test_b():\n    assert math.pi > 3`,
  );
  expect(joinTests(first, "def test_a():\n    assert helper() == 1")).toBeNull();
  expect(joinTests(first, "def helper():\n    return 2\n\ndef test_b():\n    assert helper() == 2")).toBeNull();
  expect(
    joinTests(first, "def test_a():\n    assert helper() < 2\n\ndef test_a_2():\n    assert helper() < 3"),
  ).toMatch(/def test_a_2\(\)[^]+def test_a_2_2\(\)/u);
});

function surroundings(onAsked: (messages: string) => void = () => undefined) {
  const model = () => {
    const { model: scripted } = createScriptedModel("teacher", {
      path: join(folder, "script.yaml"),
      sha256: "0".repeat(64),
    });
    return {
      ...scripted,
      generate: (request: Parameters<typeof scripted.generate>[0]) => {
        onAsked(
          typeof request.prompt === "string" || "pieces" in request.prompt
            ? ""
            : request.prompt.map(({ content }) => content).join("\n"),
        );
        return scripted.generate(request);
      },
    };
  };
  return {
    services: { sandbox: shop.api, model, sources: { fetch: async () => shop.tree, tree: async () => shop.tree } },
    prompts: { "p.yaml": prompt },
  };
}

async function verified(code: string): Promise<Example> {
  const { kept } = await runStage(verify, [pytestExample(code)], { runs: 1, measure: true }, surroundings());
  return kept[0] as Example;
}

async function strengthened(verifiedExample: Example, answer: string, onAsked?: (messages: string) => void) {
  await writeFile(join(folder, "script.yaml"), JSON.stringify({ default: answer }));
  const { kept, rejected } = await runStage(
    strengthen,
    [verifiedExample],
    { model: "teacher", prompt: "p.yaml" },
    surroundings(onAsked),
  );
  return { kept: kept as Example[], rejected };
}

function killedBy(record: Example | undefined): number {
  return record !== undefined && PytestEvidence.is(record.evidence) ? (record.evidence.mutants?.killed ?? 0) : 0;
}
