import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Example } from "../../../pipeline/contract/records.js";
import verify from "../../../stages/tests/verify.js";
import { sandboxed, type Sandboxed } from "../../sandbox/sandboxed.js";
import { runStage } from "../../support/run-stage.js";
import { dedent, pytestExample } from "./verify-example.js";

let shop: Sandboxed;
beforeAll(async () => {
  shop = await sandboxed({
    "prices.py":
      "import math\n\nRATE = 2\n\nclass Overdrawn(Exception):\n    pass\n\ndef add(a, b):\n    if a < 0:\n        " +
      "raise Overdrawn(a)\n    return a + b\n\ndef each(*prices):\n    for price in prices:\n        if price > 0:\n " +
      "           yield price\n\ndef both(*prices):\n    return prices if prices else None\n",
  });
});
afterAll(async () => await shop.close());

describe("a rule of verify", () => {
  it.each([
    [
      "gives names of the standard library and of the target's module their imports",
      "import",
      `
      def test_add():
          with pytest.raises(Overdrawn):
              add(-RATE, 1)
          assert add(math.floor(2.5), Decimal(1)) == 3
    `,
      `
      from decimal import Decimal
      from prices import Overdrawn
      from prices import RATE
      import math


      def test_add():
          with pytest.raises(Overdrawn):
              add(-RATE, 1)
          assert add(math.floor(2.5), Decimal(1)) == 3
    `,
    ],
    [
      "gives a decorator's name its import, without which nothing is collected",
      "import",
      `
      @pytest.mark.parametrize("number", [math.inf])
      def test_add(number):
          assert add(number, 1) == number
    `,
      `
      import math


      @pytest.mark.parametrize("number", [math.inf])
      def test_add(number):
          assert add(number, 1) == number
    `,
    ],
    [
      "takes the target from where it is, when its answer imports it from elsewhere",
      "module",
      `
      from your_module import add, RATE

      def test_add():
          assert add(1, RATE) == 3
    `,
      `
      from prices import RATE

      def test_add():
          assert add(1, RATE) == 3
    `,
    ],
    [
      "mends an import inside a test",
      "module",
      `
      def test_add():
          from shop.prices import Overdrawn as Error
          with pytest.raises(Error):
              add(-1, 1)
    `,
      `
      def test_add():
          from prices import Overdrawn as Error
          with pytest.raises(Error):
              add(-1, 1)
    `,
    ],
    [
      "mends an import of the module by a wrong name",
      "module",
      `
      import pricing

      def test_add():
          assert add(1, pricing.RATE) == 3
    `,
      `
      import prices as pricing

      def test_add():
          assert add(1, pricing.RATE) == 3
    `,
    ],
    [
      "gives methods self",
      "self",
      `
      class TestAdd:
          def test_add():
              assert add(1, 2) == 3

          @pytest.mark.parametrize("number", [1, 2])
          def test_more(number):
              assert add(number, 0) == number
    `,
      `
      class TestAdd:
          def test_add(self):
              assert add(1, 2) == 3

          @pytest.mark.parametrize("number", [1, 2])
          def test_more(self, number):
              assert add(number, 0) == number
    `,
    ],
    [
      "takes self from functions",
      "self",
      `
      def test_add(self, tmp_path):
          assert add(1, 2) == 3
    `,
      `
      def test_add(tmp_path):
          assert add(1, 2) == 3
    `,
    ],
    [
      "cuts an unterminated test after what it asserts before",
      "cut",
      `
      def test_add():
          assert add(1, 2) == 3
          assert add(
              1,
    `,
      `
      def test_add():
          assert add(1, 2) == 3
    `,
    ],
  ])("%s", async (_, rule, written, mended) => {
    const { kept, rejected } = await verified(written);
    expect(kept.map(({ response }) => response)).toEqual([dedent(mended)]);
    expect(kept).toMatchObject([{ labels: { teacher: "doctest", repair: `rule:${rule}` } }]);
    expect(rejected).toEqual([]);
  });

  it("reads the iterator that the target returns, where it is compared with what it yields", async () => {
    const { kept } = await verified(
      "def test_each():\n    assert each(1, 2) == [1, 2]\n    assert (3,) == each(3)\n    assert sorted(each(2, 1)) " +
        "== [1, 2]",
      {},
      "each",
    );
    expect(kept).toMatchObject([
      {
        response:
          "def test_each():\n    assert list(each(1, 2)) == [1, 2]\n    assert (3,) == tuple(each(3))\n    assert " +
          "sorted(each(2, 1)) == [1, 2]",
        labels: { repair: "rule:iterator" },
      },
    ]);
    const two =
      "class TestOne:\n    def test_each(self):\n        assert each(1, 2) == [1, 2]\n\n\nclass TestTwo:\n    def " +
      "test_each(self):\n        assert not each(1) == [1]";
    expect((await verified(two, {}, "each")).kept).toMatchObject([
      { response: two.replace("each(1, 2) ==", "list(each(1, 2)) ==") },
    ]);
    const wrong = await verified("def test_each():\n    assert each(1, 2) == [1, 3]", {}, "each");
    expect(wrong.rejected).toMatchObject([
      { reason: expect.stringMatching(/^repaired in vain by the rule iterator: /u) as string },
      { part: { code: "def test_each():\n    assert list(each(1, 2)) == [1, 3]" } },
    ]);
    // A tuple is no iterator: that it is not a list may be what the test is about.
    const tuple = await verified("def test_both():\n    assert both(1, 2) == [1, 2]", {}, "both");
    expect(tuple.kept).toEqual([]);
    expect(tuple.rejected).toMatchObject([
      { reason: expect.stringMatching(/^suspected bug or wrong value: /u) as string },
    ]);
  });

  it("touches no test that fails for what it asserts", async () => {
    const { kept, rejected } = await verified("def test_add():\n    assert add(1, 2) == 4");
    expect(kept).toEqual([]);
    expect(rejected).toMatchObject([{ part: { code: "def test_add():\n    assert add(1, 2) == 4" } }]);
  });

  it("tells what it mended in vain, and cuts the test out as ever", async () => {
    const good = "def test_add():\n    assert add(1, 2) == 3";
    const { kept, rejected } = await verified(
      `${good}\n\n\ndef test_wrong():\n    assert add(1, math.floor(2.5)) == 4`,
    );
    expect(kept).toMatchObject([{ response: good, labels: { teacher: "doctest" } }]);
    expect(kept[0]?.labels).not.toHaveProperty("repair");
    expect(rejected).toMatchObject([
      {
        reason: expect.stringMatching(/^repaired in vain by the rule import: /u) as string,
        part: { repair: "rule:import" },
      },
      { reason: expect.stringMatching(/^suspected bug or wrong value: /u) as string, part: { test: "test_wrong" } },
    ]);
  });

  it("mends nothing where rules are switched off", async () => {
    const { dropped } = await verified("def test_add():\n    assert add(1, math.floor(2.5)) == 3", {
      repair: { rules: false },
    });
    expect(dropped).toMatchObject([{ reason: expect.stringMatching(/^no good test: name: /u) as string }]);
  });

  it("does not import what neither Python nor the module has", async () => {
    const { dropped, rejected } = await verified("def test_add():\n    assert add(1, unknown) == 3");
    expect(dropped).toMatchObject([{ reason: expect.stringMatching(/^no good test: name: /u) as string }]);
    expect(rejected).toHaveLength(1);
  });
});

async function verified(code: string, options: object = {}, name = "add") {
  const sources = { fetch: async () => shop.tree, tree: async () => shop.tree };
  const { kept, dropped, rejected } = await runStage(
    verify,
    [pytestExample(code, { name })],
    { runs: 1, ...options },
    { services: { sandbox: shop.api, sources } },
  );
  return { kept: kept as Example[], dropped, rejected };
}
