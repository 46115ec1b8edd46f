import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { PipelineError } from "../../../pipeline/system/errors.js";
import type { GenerateRequest, Message, Model } from "../../../pipeline/contract/model.js";
import { packageRoot } from "../../../pipeline/system/paths.js";
import { loadPrompt } from "../../../pipeline/contract/prompt-file.js";
import type { Example } from "../../../pipeline/contract/records.js";
import { Shard, Target } from "../../../stages/python/lib/records.js";
import type { Sources } from "../../../pipeline/contract/sources.js";
import generateShards from "../../../stages/tests/generate-shards.js";
import { targetsOf } from "../../../stages/python/lib/targets.js";
import { sourceFile, target } from "../../support/records.js";
import type { StageSurroundings } from "../../support/run-stage.js";
import { stageTest } from "../../support/stage-test.js";

const prompt = await loadPrompt(join(packageRoot, "config/prompts/pytest-shard.yaml"), TestPrompt);
const project: Readonly<Record<string, string>> = {
  "shop/__init__.py": "from .prices import total as total\n",
  "shop/prices.py":
    "def total(prices):\n    return sum(prices)\n\n\ndef lowest(prices):\n    return min(prices)\n\n\nasync def " +
    "fetch(url):\n    return url\n",
  "shop/cart.py":
    "class Cart:\n    def __init__(self):\n        self.items = []\n\n    def add(self, price):\n        " +
    "self.items.append(price)\n\n    def lowest(self):\n        return min(self.items)\n",
};
const folder = await mkdtemp(join(tmpdir(), "generate-shards-"));
for (const [path, text] of Object.entries(project)) {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}
const sources = { tree: async () => ({ folder, importRoots: [""] }) } as unknown as Sources;

const files = Object.entries(project).map(([path, text]) => sourceFile(path, text));
const targets = files.flatMap(
  (file) =>
    targetsOf(file, { kinds: ["function", "method", "class"], private: false, maxLines: 100, minComplexity: 1 })
      .targets,
);

function shardOf(own: readonly Target[], suite: "unit" | "e2e" = "unit"): Shard {
  const shown = files.filter((file) => own.some(({ source }) => source?.path === file.source?.path));
  return Shard.make(
    {
      suite,
      number: 1,
      language: "python",
      targets: [...own],
      signatures: [],
      tokens: 1,
      counted: "tokenizer",
      answerTokens: 500,
      files: shown.map(({ source, module, text }) => ({
        path: source?.path ?? "",
        module: module ?? "",
        extent: "whole" as const,
        text,
      })),
    },
    { source: own[0]?.source ?? null, from: own },
  );
}

type Said = string | { readonly text: string; readonly finish: "length" } | PipelineError;

/** A model that gives one answer after another, and remembers what it was asked. */
function answering(...answers: readonly Said[]): StageSurroundings & { readonly asked: GenerateRequest[] } {
  const asked: GenerateRequest[] = [];
  const generate: Model["generate"] = async (request) => {
    asked.push(request);
    const said = answers[request.sample ?? 0] ?? "";
    if (said instanceof PipelineError) throw said;
    const { text, finish } = typeof said === "string" ? { text: said, finish: "stop" as const } : said;
    return { text, finish, tokens: { prompt: 1, generated: 1 }, seconds: 0, remembered: false };
  };
  const model = { generate, info: async () => ({ name: "teacher", sha256: "0".repeat(64) }) } as unknown as Model;
  return { asked, services: { sources, model: () => model }, prompts: { "prompts/pytest-shard.yaml": prompt } };
}

const only = (...names: readonly string[]) => targets.filter(({ qualifiedName }) => names.includes(qualifiedName));
const question = ({ prompt: messages }: GenerateRequest) => (messages as readonly Message[]).at(-1)?.content ?? "";
const byTarget = (kept: readonly unknown[]) =>
  Object.fromEntries(
    (kept as Example[]).map(({ evidence, response }) => [
      PytestEvidence.is(evidence) ? evidence.target.qualifiedName : "",
      response,
    ]),
  );
const model = { model: "teacher" };

const whole = `Here are the tests:
\`\`\`python
import math
import pytest
from shop.prices import total, lowest, fetch
from shop.cart import Cart


@pytest.fixture
def cart():
    cart = Cart()
    cart.add(total([1, 2]))
    return cart


def same(value):
    return math.floor(value)


def test_total_of_two():
    assert total([1, 2]) == same(3)


class TestLowest:
    def test_of_two(self):
        assert lowest([2, 1]) == 1


async def test_fetch():
    assert await fetch("a") == "a"


def test_new_cart():
    assert Cart().items == []


def test_add(cart):
    assert cart.items == [3]


def test_cart_lowest(cart):
    assert cart.lowest() == 3
\`\`\``;
import { PytestEvidence } from "../../../stages/tests/lib/evidence/pytest-evidence.js";
import { TestPrompt } from "../../../stages/python/lib/test-prompt.js";

stageTest(
  generateShards,
  ({ run }) => {
    it("gives each target its own tests of one answer, with what they need", async () => {
      const { kept, rejected } = await run([shardOf(targets)], model, answering(whole));
      expect(rejected).toEqual([]);
      expect(byTarget(kept)).toEqual({
        total:
          "import math\n\n\ndef same(value):\n    return math.floor(value)\n\n\ndef test_total_of_two():\n    assert " +
          "total([1, 2]) == same(3)",
        lowest: "class TestLowest:\n    def test_of_two(self):\n        assert lowest([2, 1]) == 1",
        fetch:
          'import asyncio\n\n\ndef test_fetch():\n    async def run_test():\n        assert await fetch("a") == ' +
          '"a"\n\n    asyncio.run(run_test())',
        Cart: "def test_new_cart():\n    assert Cart().items == []",
        "Cart.add":
          "from shop.prices import total\n\n\n@pytest.fixture\ndef cart():\n    cart = Cart()\n    " +
          "cart.add(total([1, 2]))\n    return cart\n\n\ndef test_add(cart):\n    assert cart.items == [3]",
        "Cart.lowest":
          "from shop.prices import total\n\n\n@pytest.fixture\ndef cart():\n    cart = Cart()\n    " +
          "cart.add(total([1, 2]))\n    return cart\n\n\ndef test_cart_lowest(cart):\n    assert cart.lowest() == 3",
      });
      expect(kept[0]).toMatchObject({
        labels: { teacher: "model:teacher", suite: "unit", shard: 1, attempt: 1, truncated: false },
        source: { path: "shop/prices.py" },
        prompt: expect.stringMatching(/^Write pytest tests for `total` of the module `shop\.prices`/u),
        evidence: { preamble: "import pytest\n\nfrom shop.prices import total\n" },
      });
    });

    it("asks about these targets alone, with their place and the whole files that hold them", async () => {
      const surroundings = answering(whole);
      await run([shardOf(only("total", "Cart.add"))], model, surroundings);
      const [first] = surroundings.asked;
      expect(first).toMatchObject({ maxTokens: 500, sample: 0, sampling: { temperature: 0.4 } });
      expect(question(first as GenerateRequest)).toContain(
        'only these 2 targets:\n\n```json\n[\n {\n  "name": "total",\n  "kind": "function",\n  "module": ' +
          '"shop.prices",\n  "file": "shop/prices.py",\n  "line": 1\n },\n {\n  "name": "Cart.add"',
      );
      expect(question(first as GenerateRequest)).toContain(
        `shop/cart.py, the module shop.cart:\n\`\`\`python\n${project["shop/cart.py"]?.trim()}\n\`\`\``,
      );
    });

    it("asks again for what is missing, alone, and says what was wrong", async () => {
      const surroundings = answering(
        "from shop.prices import total, cheapest\n\ndef test_total():\n    assert total([1]) == 1\n\ndef " +
          "test_lowest(:\n    assert lowest(\n\ndef test_cheapest():\n    assert cheapest([1]) == 1\n",
        "from shop.cart import Cart\nfrom shop.prices import lowest\n\ndef test_lowest():\n    assert lowest([1]) " +
          "== 1\n",
        "def test_add():\n    cart = Cart()\n    cart.add(1)\n    assert cart.items == [1]\n",
      );
      const { kept, rejected } = await run([shardOf(only("total", "lowest", "Cart.add"))], model, surroundings);
      expect(
        (kept as Example[]).map(({ labels, evidence }) => [
          PytestEvidence.is(evidence) && evidence.target.qualifiedName,
          labels["attempt"],
        ]),
      ).toEqual([
        ["total", 1],
        ["lowest", 2],
        ["Cart.add", 3],
      ]);
      const [, second, third] = surroundings.asked.map(question);
      expect(second).toContain("only these 2 targets");
      expect(second).toContain(
        "- line 6 is no Python, in the part that begins with: def test_lowest(:\n- wrong import: shop.prices has no " +
          "name cheapest\n- no usable test of lowest\n- no usable test of Cart.add\n",
      );
      expect(third).toContain("only these 1 targets");
      expect(third).not.toMatch(/def total|no Python/u);
      expect(rejected.map(({ reason }) => reason)).toEqual(
        expect.arrayContaining(["syntax: def test_lowest(:", "import: shop.prices has no name cheapest"]),
      );
    });

    it("tells every target that no attempt brought a test for", async () => {
      const { kept, dropped, rejected } = await run(
        [shardOf(only("total", "lowest"))],
        { ...model, attempts: 2 },
        answering("def test_total():\n    assert total([1]) == 1\n", "I am not sure."),
      );
      expect(kept).toHaveLength(1);
      expect(dropped).toEqual([]);
      expect(rejected).toEqual(
        expect.arrayContaining([
          expect.objectContaining({
            code: "never-answered",
            reason: "no answer held a test of it that can be used",
            part: { target: "lowest", id: only("lowest")[0]?.id, problems: [] },
          }),
        ]),
      );
    });

    it("drops a shard of which no target is answered, and stops where the question does not fit", async () => {
      const surroundings = answering(new PipelineError("the prompt has 9000 tokens", { code: "prompt-too-long" }));
      const { dropped, rejected } = await run([shardOf(only("total"))], model, surroundings);
      expect(surroundings.asked).toHaveLength(1);
      expect(dropped).toMatchObject([{ code: "no-code", reason: "no attempt held a test of any of its 1 targets" }]);
      expect(rejected).toMatchObject([
        { code: "never-answered", reason: "prompt-too-long: the prompt has 9000 tokens" },
      ]);
    });

    it("keeps the whole tests of an answer that was cut, and tells the model that it was", async () => {
      const surroundings = answering({
        text: "def test_total():\n    assert total([1]) == 1\n\n\ndef test_lowest():\n    assert low",
        finish: "length",
      });
      const { kept } = await run([shardOf(only("total", "lowest"))], model, surroundings);
      expect(kept).toMatchObject([{ labels: { truncated: true } }]);
      expect(question(surroundings.asked[1] as GenerateRequest)).toContain("- the answer was too long, and was cut");
    });

    it.each([
      ["the package that passes the name on", "from shop import total\n\ndef test_a():\n    assert total([1]) == 1\n"],
      ["the module, under another name", "import shop.prices as p\n\ndef test_a():\n    assert p.total([1]) == 1\n"],
      ["the module by its whole name", "import shop.prices\n\ndef test_a():\n    assert shop.prices.total([1]) == 1\n"],
      [
        "another name for it",
        "from shop.prices import total as add_up\n\ndef test_a():\n    assert add_up([1]) == 1\n",
      ],
      ["no import at all", "def test_a():\n    assert total([1]) == 1\n"],
      ["a module that does not exist", "from shop.price import total\n\ndef test_a():\n    assert total([1]) == 1\n"],
    ])("finds the target of a test by %s", async (_, answer) => {
      const { kept } = await run([shardOf(only("total", "Cart"))], { ...model, attempts: 1 }, answering(answer));
      expect(Object.keys(byTarget(kept))).toEqual(["total"]);
    });

    it("leaves out a test of nothing that was asked for", async () => {
      const { rejected } = await run(
        [shardOf(only("total"))],
        { ...model, attempts: 1 },
        answering("from shop.prices import lowest\n\ndef test_total():\n    assert lowest([1]) == 1\n"),
      );
      expect(rejected.map(({ reason }) => reason)).toContain("no target: it is a test of nothing that was asked for");
    });

    it("finds the route of an end-to-end test by its request", async () => {
      const [handler] = only("total");
      const route = (method: string, path: string, name: string) =>
        Target.derive(handler as Target, {
          targetKind: "route",
          name,
          qualifiedName: name,
          route: { framework: "fastapi", method, path, handler: `shop.api.${name}`, application: "shop.api:app" },
        });
      const routes = [
        route("POST", "/orders/", "create"),
        route("GET", "/orders/{order_id}", "read"),
        route("GET", "/orders/latest", "latest"),
        route("DELETE", "/orders/{order_id:int}", "delete"),
        route("GET", "/files/{name:path}", "file"),
      ];
      const answer = `
def make(client):
    return client.post("/orders", json={}).json()["id"]


def test_it_is_made(client):
    assert client.post("/orders", json={}).status_code == 201


def test_a(client):
    order = make(client)
    assert client.get(f"/orders/{order}?full=1").status_code == 200


def test_b(client):
    assert client.get("/orders/latest").status_code == 404


def test_c(client):
    response = client.request("DELETE", "/orders/" + str(make(client)))
    assert response.status_code == 204


def test_d(client):
    assert client.get("/files/a/b.txt").text == "b"


def test_e(client):
    assert client.get("/nowhere/at/all").status_code == 404
`;
      const { kept, rejected } = await run([shardOf(routes, "e2e")], { ...model, attempts: 1 }, answering(answer));
      expect(Object.entries(byTarget(kept)).map(([name, tests]) => [name, /test_\w+/u.exec(tests)?.[0]])).toEqual([
        ["create", "test_it_is_made"],
        ["read", "test_a"],
        ["latest", "test_b"],
        ["delete", "test_c"],
        ["file", "test_d"],
      ]);
      expect(rejected).toMatchObject([{ reason: "no target: it is a test of nothing that was asked for" }]);
    });

    it("says what a prompt file lacks that cannot ask about many targets", async () => {
      const { shard: _shard, ...plain } = prompt;
      await expect(
        run([shardOf(only("total"))], model, { ...answering(""), prompts: { "prompts/pytest-shard.yaml": plain } }),
      ).rejects.toMatchObject({ code: "config", hint: expect.stringContaining("shard:") });
    });
  },
  { inputs: [shardOf(targets), shardOf([target()])], options: model, surroundings: answering(whole) },
);
