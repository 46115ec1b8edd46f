import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createScriptedModel } from "../../../pipeline/models/scripted.js";
import { packageRoot } from "../../../pipeline/system/paths.js";
import { loadPrompt } from "../../../pipeline/contract/prompt-file.js";
import type { Example } from "../../../pipeline/contract/records.js";
import { editedClaim } from "../../../stages/tests/verify/claims.js";
import verify from "../../../stages/tests/verify.js";
import { sandboxed, type Sandboxed } from "../../sandbox/sandboxed.js";
import { runStage } from "../../support/run-stage.js";
import { dedent, pytestExample } from "./verify-example.js";
import { TestPrompt } from "../../../stages/python/lib/test-prompt.js";

let shop: Sandboxed;
let folder: string;
const prompt = await loadPrompt(join(packageRoot, "config/prompts/pytest.yaml"), TestPrompt);
beforeAll(async () => {
  shop = await sandboxed({ "prices.py": "def add(a, b):\n    return a + b\n" });
  folder = await mkdtemp(join(tmpdir(), "repair-"));
});
afterAll(async () => {
  await shop.close();
  await rm(folder, { recursive: true });
});

const good = "def test_add():\n    assert add(1, 2) == 3";
const broken = "def test_add():\n    assert add(undefined_thing, 2) == 3";

describe("a model that repairs", () => {
  it("is shown how its tests failed, and what it writes is run before it is kept", async () => {
    const { kept, dropped } = await repaired(broken, {
      "test_add: name: NameError: name 'undefined_thing' is not defined": [good],
    });
    expect(kept).toMatchObject([
      {
        response: good,
        labels: { teacher: "model:repair.yaml", model: "teacher", model_sha256: "0".repeat(64), repair: "model:1" },
        evidence: { verdicts: [{ test: "test_add", outcome: "passed" }] },
      },
    ]);
    expect(dropped).toEqual([]);
  });

  it("may try again, with the failure of what it wrote; the gain is told by attempt", async () => {
    const script = { "never calls add": [good], undefined_thing: ["def test_add():\n    assert len([1]) == 1"] };
    const { kept, rejected } = await repaired(broken, script, { attempts: 2 });
    expect(kept).toMatchObject([{ response: good, labels: { repair: "model:2" } }]);
    expect(rejected.filter(({ reason }) => reason.startsWith("repaired in vain"))).toMatchObject([
      {
        code: "repaired-in-vain-model-1",
        reason: "repaired in vain by the model, attempt 1: no good test: cheat: never calls add",
        part: { repair: "model:1" },
      },
    ]);
    const once = await repaired(broken, script);
    expect(once.kept).toEqual([]);
    expect(once.dropped).toMatchObject([{ reason: expect.stringMatching(/^no good test: name: /u) as string }]);
  });

  it("is not asked about a failing assertion, which is for a person to look at", async () => {
    const { dropped, rejected } = await repaired("def test_add():\n    assert add(1, 2) == 4", { add: [good] });
    expect(dropped).toMatchObject([
      { reason: expect.stringMatching(/^no good test: suspected bug or wrong value: /u) as string },
    ]);
    expect(rejected).toHaveLength(1);
  });

  it("may not change what was asserted of a call, to fit what the code answers", async () => {
    const { kept, rejected } = await repaired(`${broken}\n\n\ndef test_more():\n    assert add(1, 2) == 4`, {
      undefined_thing: [good],
    });
    expect(kept).toEqual([]);
    expect(rejected).toContainEqual(
      expect.objectContaining({
        code: "repaired-in-vain-model-1",
        reason: "repaired in vain by the model, attempt 1: edited assertion: assert add ( 1 , 2 ) == 3",
      }),
    );
  });

  it("is not asked where tests pass", async () => {
    const { kept, rejected } = await repaired(`${good}\n\n\n${broken.replace("test_add", "test_more")}`, {
      add: ["def test_never():\n    assert add(0, 0) == 0"],
    });
    expect(kept).toMatchObject([{ response: good, labels: { teacher: "doctest" } }]);
    expect(rejected).toHaveLength(1);
  });

  it("that answers no test at all is told so", async () => {
    const { dropped, rejected } = await repaired(broken, { undefined_thing: ["I am sorry."] });
    expect(dropped).toHaveLength(1);
    expect(rejected).toContainEqual(
      expect.objectContaining({
        code: "repaired-in-vain-model-1",
        reason: "repaired in vain by the model, attempt 1: no-code: there is no test function in the answer",
      }),
    );
  });

  it("needs a prompt file that says how it is asked", async () => {
    const { repair: _repair, ...without } = prompt;
    await expect(repaired(broken, {}, {}, without)).rejects.toThrow(/does not say how a model is asked to repair/u);
    expect(verify.options.safeParse({ repair: { model: "teacher" } }).success).toBe(false);
  });
});

describe("an edited claim", () => {
  it.each([
    ["another value", "assert f(1) == 2", "assert f(1) == 3", true],
    ["another value, behind a name", "assert f(1) == 2", "value = f(1)\n    assert value == 3", true],
    ["a comparison that always holds", "assert f(1) == 2", "assert f(1) != 2", true],
    ["an exception instead of a value", "assert f(1) == 2", "with pytest.raises(ValueError):\n        f(1)", true],
    ["another call", "assert f(1) == 2", "assert f(2) == 3", false],
    ["the same in other words", "assert f( 'a' ) == 2", 'value = f("a")\n    assert value == 2', false],
    ["less", "assert f(1) == 2\n    assert f(2) == 3", "assert f(2) == 3", false],
  ])("is one where it says %s", (_, before, after, isEdited) => {
    const found = editedClaim(`def test_f():\n    ${before}`, `def test_f():\n    ${after}`, { name: "f" });
    expect(found !== null).toBe(isEdited);
  });

  it.each([
    ["another status for a request", 'client.post("/a", json=1).status_code == 409', true],
    ["the same status", 'client.post("/a", json=1).status_code == 201', false],
    ["another status for another request", 'client.post("/a", json=2).status_code == 409', false],
    ["something of another method", 'client.get("/a").status_code == 200', false],
  ])("is one, for a route, where it says %s", (_, claim, isEdited) => {
    const route = { framework: "fastapi", method: "POST", path: "/a", handler: "m.f", application: "m:app" } as const;
    const before =
      'def test_f(client):\n    response = client.post("/a", json=1)\n    assert response.status_code == 201\n    ' +
      'assert client.get("/a").status_code == 404';
    expect(editedClaim(before, `def test_f(client):\n    assert ${claim}`, { name: "f", route }) !== null).toBe(
      isEdited,
    );
  });
});

/** The stage with a model that answers by what it is shown last. */
async function repaired(
  code: string,
  script: Readonly<Record<string, readonly string[]>>,
  options: object = {},
  prompts = prompt,
) {
  const path = join(folder, "repair.yaml");
  await writeFile(
    path,
    JSON.stringify({ rules: Object.entries(script).map(([match, answers]) => ({ match, answers })) }),
  );
  const { model } = createScriptedModel("teacher", { path, sha256: "0".repeat(64) });
  const { kept, dropped, rejected } = await runStage(
    verify,
    [pytestExample(dedent(code))],
    { runs: 1, repair: { model: "teacher", prompt: "p.yaml", ...options } },
    {
      services: {
        sandbox: shop.api,
        model: () => model,
        sources: { fetch: async () => shop.tree, tree: async () => shop.tree },
      },
      prompts: { "p.yaml": prompts },
    },
  );
  return { kept: kept as Example[], dropped, rejected };
}
