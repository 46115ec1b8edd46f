import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { joined } from "../../../pipeline/contract/chat-formats.js";
import { PipelineError } from "../../../pipeline/system/errors.js";
import type { GenerateRequest, Model } from "../../../pipeline/contract/model.js";
import { createScriptedModel } from "../../../pipeline/models/scripted.js";
import { packageRoot } from "../../../pipeline/system/paths.js";
import type { Prompt } from "../../../pipeline/contract/prompt.js";
import { loadPrompt } from "../../../pipeline/contract/prompt-file.js";
import type { Example } from "../../../pipeline/contract/records.js";
import generate from "../../../stages/tests/generate.js";
import { stageTest } from "../../support/stage-test.js";
import type { StageSurroundings } from "../../support/run-stage.js";
import { target } from "../../support/records.js";
import { TestPrompt } from "../../../stages/python/lib/test-prompt.js";

const prompt: Prompt = await loadPrompt(join(packageRoot, "config/prompts/pytest.yaml"), TestPrompt);
const script = join(await mkdtemp(join(tmpdir(), "script-")), "teacher.yaml");
await writeFile(
  script,
  JSON.stringify({
    rules: [
      {
        match: "`first`",
        answers: ["def test_first():\n    assert first([1]) == 1\n", "def test_first():\n    assert first([2]) == 2\n"],
      },
      { match: "`silent`", answers: ["I cannot write tests."] },
    ],
    default: "def test_other():\n    assert other() is None\n",
  }),
);
const scripted = createScriptedModel("teacher", { path: script, sha256: "0".repeat(64) }).model;

function surroundings(model: Model = scripted): StageSurroundings {
  return { services: { model: () => model }, prompts: { "prompts/pytest.yaml": prompt } };
}

/** A model that gives these answers, one a sample. */
function answering(...answers: readonly (string | { text: string; finish: "length" })[]): Model {
  return {
    ...scripted,
    generate: async ({ sample = 0 }: GenerateRequest) => {
      const answer = answers[sample] ?? "";
      const { text, finish } = typeof answer === "string" ? { text: answer, finish: "stop" as const } : answer;
      return { text, finish, tokens: { prompt: 1, generated: 1 }, seconds: 0, remembered: false };
    },
  };
}

const named = (name: string) =>
  target({ name, qualifiedName: name, code: `def ${name}(items):\n    return items[0]\n` });
const chat = { model: "teacher", form: "chat" };

stageTest(
  generate,
  ({ run }) => {
    it("makes an example of each sample, with who wrote it", async () => {
      const { kept } = await run([named("first")], { ...chat, samples: 2 }, surroundings());
      expect(kept).toMatchObject([
        {
          response: "def test_first():\n    assert first([1]) == 1",
          labels: { teacher: "model:teacher.yaml", sample: 0, truncated: false },
          evidence: { preamble: "import pytest\n\nfrom shop.prices import first\n", verdicts: [] },
        },
        { response: "def test_first():\n    assert first([2]) == 2", labels: { sample: 1 } },
      ]);
      expect(kept[0]).toMatchObject({ prompt: expect.stringContaining("`first` of the module `shop.prices`") });
    });

    it("makes one example of all samples where asked to: no test hides another or is there twice", async () => {
      const { kept } = await run(
        [named("first")],
        { ...chat, samples: 3, join: true },
        surroundings(
          answering(
            "def test_first():\n    assert first([1]) == 1\n",
            "def test_first():\n    assert first([2]) == 2\n\ndef test_text():\n    assert first('ab') == 'a'\n",
            { text: "def test_text():\n    assert first('ab') == 'a'\n", finish: "length" },
          ),
        ),
      );
      expect(kept).toMatchObject([
        {
          response:
            "def test_first():\n    assert first([1]) == 1\n\n\ndef test_first_2():\n    assert first([2]) == " +
            "2\n\n\ndef test_text():\n    assert first('ab') == 'a'",
          labels: { samples: 3, truncated: true, tokens: 3 },
        },
      ]);
    });

    it("drops a target for which no sample holds a test, and shows what was said", async () => {
      const { kept, dropped, rejected } = await run([named("silent")], chat, surroundings());
      expect(kept).toEqual([]);
      expect(dropped).toMatchObject([{ reason: "no-code: no sample holds a test" }]);
      expect(rejected).toMatchObject([
        { reason: "no-code: no test function", part: { sample: 0, text: "I cannot write tests." } },
      ]);
    });

    it("takes tests out of prose, fences and thoughts", async () => {
      const answer =
        "<think>def test_wrong(): pass</think>Here it is:\n```python\nimport math\nimport pytest\nfrom shop.prices " +
        "import first\n\nLIMIT = 3\n\ndef helper():\n    return LIMIT\n\ndef unused():\n    return 1\n\ndef " +
        "test_first():\n    assert first([math.pi, helper()]) == math.pi\n```\nHope that helps!";
      const { kept } = await run([named("first")], chat, surroundings(answering(answer)));
      expect((kept[0] as Example).response).toBe(
        "import math\n\n\nLIMIT = 3\n\n\ndef helper():\n    return LIMIT\n\n\ndef test_first():\n    assert " +
          "first([math.pi, helper()]) == math.pi",
      );
    });

    it("reads an answer whose thoughts the template began", async () => {
      const { kept } = await run(
        [named("first")],
        chat,
        surroundings(answering("Let me see.\n</think>\ndef test_first():\n    assert first([1]) == 1\n")),
      );
      expect(kept).toMatchObject([{ response: "def test_first():\n    assert first([1]) == 1" }]);
    });

    it("gives up an answer that ends in the middle of a thought", async () => {
      const { rejected } = await run(
        [named("first")],
        chat,
        surroundings(answering({ text: "<think>def test_a():\n    assert first([1]) == 1\n", finish: "length" })),
      );
      expect(rejected).toMatchObject([{ reason: expect.stringMatching(/^truncated: /u) }]);
    });

    it("keeps fixtures that tests name, and methods of test classes", async () => {
      const answer =
        "@pytest.fixture\ndef items():\n    return [1]\n\n\nclass TestFirst:\n    def test_one(self, items):\n       " +
        " assert first(items) == 1\n";
      const { kept } = await run([named("first")], chat, surroundings(answering(answer)));
      expect((kept[0] as Example).response).toBe(answer.trim());
    });

    it("keeps the whole tests of an answer that was cut, and says so", async () => {
      const text = "def test_a():\n    assert first([1]) == 1\n\n\ndef test_b():\n    items = [\n        1,\n        2";
      const { kept } = await run([named("first")], chat, surroundings(answering({ text, finish: "length" })));
      expect(kept).toMatchObject([
        { response: "def test_a():\n    assert first([1]) == 1", labels: { truncated: true } },
      ]);
    });

    it("leaves out a test that is not Python, with what it begins with", async () => {
      const { kept, rejected } = await run(
        [named("first")],
        chat,
        surroundings(answering("def test_a():\n    assert first([1]) == 1\n\n\ndef test_b(:\n    assert first(\n")),
      );
      expect(kept).toMatchObject([{ response: "def test_a():\n    assert first([1]) == 1" }]);
      expect(rejected).toMatchObject([{ reason: expect.stringMatching(/^syntax: def test_b/u) }]);
    });

    it("puts a model that completes inside its first assertion, and makes a test of each assertion", async () => {
      const asked: GenerateRequest[] = [];
      const model: Model = {
        ...scripted,
        generate: async (request) => {
          asked.push(request);
          return {
            text:
              `${request.prefill}[3, 1]) == 3\n    assert first([1]) == 1\n    assert first([3, 1]) == 3\n    ` +
              `assert first(`,
            finish: "length",
            tokens: { prompt: 1, generated: 1 },
            seconds: 0,
            remembered: false,
          };
        },
      };
      const { kept } = await run([named("first")], { model: "teacher" }, surroundings(model));
      expect(asked).toMatchObject([{ prefill: "def test_first():\n    assert first(", maxTokens: 64 }]);
      expect(asked.map(rawText)).toEqual([
        expect.stringMatching(/^def initials[^]*def first\(items\):\n    return items\[0\]\n\n\n$/u),
      ]);
      expect(kept).toMatchObject([
        {
          response:
            "def test_first_1():\n    assert first([3, 1]) == 3\n\n\ndef test_first_2():\n    assert first([1]) == 1",
          labels: { truncated: true },
        },
      ]);
    });

    it("asks samples in turn for other calls, and leaves out what they were made to begin with", async () => {
      const prompt = {
        name: "p",
        instruction: "Test {{name}}.",
        chat: {
          prefill: [
            "def test_a():\n    # Plain:\n    assert {{name}}",
            "def test_b():\n    # Odd:\n    assert {{name}}",
          ],
          splitAssertions: true,
        },
      };
      const model: Model = {
        ...scripted,
        generate: async ({ prefill = "", sample = 0 }) => ({
          text: `${prefill}([${sample}]) == ${sample}\n    # Its own:\n    assert first("${sample}")`,
          finish: "stop",
          tokens: { prompt: 1, generated: 1 },
          seconds: 0,
          remembered: false,
        }),
      };
      const options = { model: "teacher", prompt: "prompts/p.yaml", temperature: 0, samples: 3, join: true };
      const { kept } = await run([named("first")], options, {
        ...surroundings(model),
        prompts: { "prompts/p.yaml": prompt },
      });
      const test = (name: string, code: string) => `def ${name}():\n    ${code}`;
      expect(kept).toMatchObject([
        {
          response: [
            test("test_a_1", "assert first([0]) == 0"),
            test("test_a_2", '# Its own:\n    assert first("0")'),
            test("test_b_1", "assert first([1]) == 1"),
            test("test_b_2", '# Its own:\n    assert first("1")'),
          ].join("\n\n\n"),
          labels: { samples: 2 },
        },
      ]);
    });

    it("imports what the target's module imports, where a test takes it for granted", async () => {
      const graph = target({
        name: "size",
        qualifiedName: "size",
        imports: [
          "import networkx as nx",
          "from math import inf, nan",
          "from . import near",
          "try:\n    import fast\nexcept ImportError:\n    fast = None",
        ],
      });
      const answer = "def test_size():\n    assert size(nx.Graph(), inf, near, fast) == 0\n";
      const {
        kept: [first],
      } = await run([graph], { model: "teacher" }, surroundings(answering(answer)));
      expect((first as Example).response).toBe(
        "import networkx as nx\nfrom math import inf\n\n\ndef test_size():\n    assert size(nx.Graph(), inf, near, " +
          "fast) == 0",
      );
      const {
        kept: [second],
      } = await run(
        [graph],
        { model: "teacher" },
        surroundings(answering("import fast as nx\n\ndef test_size():\n    assert size(nx) == 0\n")),
      );
      expect((second as Example).response).toBe("import fast as nx\n\n\ndef test_size():\n    assert size(nx) == 0");
    });

    it("makes tests of async code run without a plugin", async () => {
      const fetch = target({
        name: "fetch",
        qualifiedName: "fetch",
        isAsync: true,
        code: "async def fetch(url):\n    return url\n",
      });
      const answer = `class TestFetch:
    @pytest.mark.asyncio
    @pytest.mark.parametrize("url", ["a", "b"])
    async def test_each(self, url):
        """One

each."""
        assert await fetch(url) == url


async def test_error(): assert await fetch("") == ""


def test_forgotten():
    assert fetch(fetch("a")) == "a" and asyncio.run(fetch("b")) == "b"
`;
      const { kept } = await run([fetch], chat, surroundings(answering(answer)));
      expect((kept[0] as Example).response).toBe(`import asyncio


class TestFetch:
    @pytest.mark.parametrize("url", ["a", "b"])
    def test_each(self, url):
        async def run_test():
            """One

each."""
            assert await fetch(url) == url

        asyncio.run(run_test())


def test_error():
    async def run_test():
        assert await fetch("") == ""

    asyncio.run(run_test())


def test_forgotten():
    assert asyncio.run(fetch(fetch("a"))) == "a" and asyncio.run(fetch("b")) == "b"`);
    });

    it("shows signatures and docstrings alone where that is asked for", async () => {
      const asked: GenerateRequest[] = [];
      const model: Model = {
        ...scripted,
        generate: async (request, how) => {
          asked.push(request);
          return await scripted.generate(request, how);
        },
      };
      const code =
        "class Shelf(Base):\n    size: int = 3\n\n    def put(self, item: str, *, top=False) -> int:\n        " +
        '"""Puts it there."""\n        def inner():\n            return 1\n        return inner()\n\n    def ' +
        "one(self): return self.size\n\n    async def all(self):\n        # nothing yet\n        return " +
        "[self.secret]\n";
      await run(
        [target({ name: "Shelf", qualifiedName: "Shelf", targetKind: "class", code, promptCode: code })],
        { ...chat, show: "signature" },
        surroundings(model),
      );
      expect(JSON.stringify(asked[0]?.prompt)).toContain(
        JSON.stringify(
          "class Shelf(Base):\n    size: int = 3\n\n    def put(self, item: str, *, top=False) -> int:\n        " +
            '"""Puts it there."""\n        ...\n\n    def one(self): ...\n\n    async def all(self):\n',
        ).slice(1, -1),
      );
      expect(JSON.stringify(asked[0]?.prompt)).not.toMatch(/secret|inner/u);
    });

    it("passes a sample on once when another wrote the same", async () => {
      const { kept, rejected } = await run(
        [named("first")],
        { ...chat, samples: 2 },
        surroundings(answering("def test_a():\n    assert first([1])\n", "def test_a():\n    assert first([1])\n")),
      );
      expect(kept).toHaveLength(1);
      expect(rejected).toMatchObject([{ reason: expect.stringMatching(/^duplicate: /u), part: { sample: 1 } }]);
    });

    it("leaves out a target that does not fit into the model's context, and goes on", async () => {
      const model: Model = {
        ...scripted,
        generate: async (request, options) => {
          if (JSON.stringify(request.prompt).includes("huge"))
            throw new PipelineError("the prompt has 9000 tokens", { code: "prompt-too-long" });
          return await scripted.generate(request, options);
        },
      };
      const { kept, dropped } = await run([named("huge"), named("first")], chat, surroundings(model));
      expect(kept).toHaveLength(1);
      expect(dropped).toMatchObject([{ reason: expect.stringMatching(/^prompt-too-long: .*9000/u) }]);
    });

    it("asks for the tests of a route in words of their own, and leaves out a route where there are none", async () => {
      const asked: GenerateRequest[] = [];
      const model: Model = {
        ...scripted,
        generate: async (request, how) => {
          asked.push(request);
          return await answering(
            'def test_read(client):\n    assert client.get("/api/items/1").status_code == 404\n',
          ).generate(request, how);
        },
      };
      const route = {
        framework: "fastapi" as const,
        method: "GET",
        path: "/api/items/{id}",
        handler: "shop.api.read",
        application: "shop.api:app",
      };
      const read = target({
        name: "read",
        qualifiedName: "read",
        targetKind: "route",
        isAsync: true,
        code: "@router.get('/{id}')\nasync def read(id):\n    return id\n",
        route,
      });
      const routePrompt = await loadPrompt(join(packageRoot, "config/prompts/pytest-route.yaml"), TestPrompt);
      const withRoutes = {
        ...surroundings(model),
        prompts: { "prompts/pytest.yaml": prompt, "routes.yaml": routePrompt },
      };
      const { kept } = await run([read, named("first")], { ...chat, routePrompt: "routes.yaml" }, withRoutes);
      expect(kept).toMatchObject([
        {
          prompt: expect.stringContaining("route `GET /api/items/{id}`"),
          response: expect.stringContaining("def test_read(client):"),
          evidence: { preamble: expect.stringContaining("def client():") },
        },
        {},
      ]);
      expect(asked.map((request) => JSON.stringify(request.prompt).includes("GET /api/items/{id}"))).toEqual([
        true,
        false,
      ]);
      await run([read], { model: "teacher", routePrompt: "routes.yaml" }, withRoutes);
      expect(asked.at(-1)).toMatchObject({ prefill: "def test_read(client):\n    response = client." });
      expect(asked.slice(-1).map(rawText)).toEqual([
        expect.stringMatching(/# POST \/notes\n[^]*# GET \/api\/items\/\{id\}\n@router\.get/u),
      ]);
      expect((await run([read], chat, withRoutes)).dropped).toMatchObject([
        { reason: expect.stringMatching(/^no prompt: /u) },
      ]);
    });

    it("says that a prompt file cannot ask for a completion", async () => {
      const { completion: _completion, ...plain } = prompt;
      await expect(
        run(
          [named("first")],
          { model: "teacher", form: "completion" },
          { ...surroundings(), prompts: { "prompts/pytest.yaml": plain } },
        ),
      ).rejects.toMatchObject({ message: expect.stringContaining("completion") });
    });
  },
  {
    inputs: [named("first"), named("silent"), named("third")],
    options: { ...chat, samples: 2 },
    surroundings: surroundings(),
  },
);

/** A prompt that is completed as it stands. */
function rawText({ prompt: asked }: GenerateRequest): string {
  return typeof asked !== "string" && "pieces" in asked ? joined(asked.pieces) : "";
}
