import { afterAll, beforeAll, expect, it } from "vitest";
import { testFile } from "../../../stages/python/lib/pytest-file.js";
import type { Example } from "../../../pipeline/contract/records.js";
import type { Parameter } from "../../../stages/python/lib/records.js";
import smoke from "../../../stages/tests/smoke.js";
import { sandboxed, type Sandboxed } from "../../sandbox/sandboxed.js";
import { target } from "../../support/records.js";
import { stageTest } from "../../support/stage-test.js";
import { PytestEvidence } from "../../../stages/tests/lib/evidence/pytest-evidence.js";

let shop: Sandboxed;
beforeAll(async () => {
  shop = await sandboxed({
    "prices.py":
      "def net(price: float, tax=0.2):\n    return price / (1 + tax)\n\nasync def later(price: int):\n    return " +
      "price\n\ndef buy(customer):\n    return customer.name\n",
  });
});
afterAll(async () => await shop.close());

const parameter = (name: string, annotation: string | null = null, standard: string | null = null): Parameter => ({
  name,
  kind: "positional-or-keyword",
  annotation,
  default: standard,
});
const inPrices = (name: string, parameters: Parameter[], changes = {}) =>
  target({ name, qualifiedName: name, module: "prices", parameters, code: `def ${name}(): ...`, ...changes });
const net = inPrices("net", [parameter("price", "float"), parameter("tax", null, "0.2")]);
const later = inPrices("later", [parameter("price", "int")], { isAsync: true });
const buy = inPrices("buy", [parameter("customer")]);
const surroundings = { prompts: { "prompts/pytest.yaml": { name: "pytest", instruction: "Test {{name}}" } } };

stageTest(
  smoke,
  ({ run }) => {
    it("calls each function with values that suit it, and asserts what is always true", async () => {
      const { kept } = await run([net, later], {}, surroundings);
      expect(kept).toMatchObject([
        {
          prompt: "Test net",
          labels: { teacher: "smoke" },
          response: "def test_net():\n    result = net(2.5)\n    assert isinstance(result, object)",
        },
        {
          response:
            "import asyncio\n\n\ndef test_later():\n    result = asyncio.run(later(3))\n    assert " +
            "isinstance(result, object)",
        },
      ]);
      expect(await Promise.all(kept.map((row) => outcomesOf(row as Example)))).toEqual([["passed"], ["passed"]]);
    });

    it("calls a function that it knows no values for with none, which fails", async () => {
      const {
        kept: [row],
      } = await run([buy], {}, surroundings);
      expect(row).toMatchObject({
        response: "def test_buy():\n    result = buy()\n    assert isinstance(result, object)",
      });
      expect(await outcomesOf(row as Example)).toEqual(["failed"]);
    });

    it("leaves out what is no function", async () => {
      const { dropped } = await run([inPrices("Basket", [], { targetKind: "class" })], {}, surroundings);
      expect(dropped).toMatchObject([{ reason: "not a function: class" }]);
    });
  },
  { inputs: [net, later, buy], surroundings },
);

async function outcomesOf({ response, evidence }: Example): Promise<string[]> {
  if (!PytestEvidence.is(evidence)) return [];
  const {
    preamble,
    target: { module, qualifiedName },
  } = evidence;
  const { verdicts } = await shop.api.runTests({
    source: shop.tree,
    code: testFile(preamble, response),
    target: { module, qualifiedName },
    hashSeeds: [0],
    timeout: 2,
    memory: 256,
  });
  return verdicts.map(({ outcome }) => outcome);
}
