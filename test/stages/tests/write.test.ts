import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import type { TestRun } from "../../../pipeline/contract/test-run.js";
import { readStamp } from "../../../pipeline/contract/generated-file.js";
import { type Artifact, Example } from "../../../pipeline/contract/records.js";
import { unverified } from "../../../stages/tests/lib/evidence/pytest-evidence.js";
import write from "../../../stages/tests/write.js";
import { laterSandbox, sandboxed, type Sandboxed } from "../../sandbox/sandboxed.js";
import type { StageResult } from "../../support/run-stage.js";
import { example } from "../../support/records.js";
import { stageTest } from "../../support/stage-test.js";
import { dedent } from "./verify-example.js";

let shop: Sandboxed;
beforeAll(async () => {
  shop = await sandboxed({
    "shop/__init__.py": "",
    "shop/prices.py":
      "LOG = []\n\ndef total(prices):\n    LOG.append(prices)\n    return sum(prices)\n\ndef half(price):\n    " +
      "return price / 2\n\ndef count():\n    return len(LOG)\n",
    "shop/names.py": "def slug(name):\n    return name.lower()\n",
    "lib/names.py": "def slug(name):\n    return name.upper()\n",
    "tests/names.py": "",
  });
});
afterAll(async () => await shop.close());

const sandbox = laterSandbox(() => shop);
const services = { sandbox, sources: { fetch: async () => shop.tree, tree: async () => shop.tree } };

/** Tests of a function of the shop, as `verify` passes them on. */
function tests(of: string, code: string, { line = 1, path = "shop/prices.py" } = {}): Example {
  const module = path.replace(".py", "").replaceAll("/", ".");
  const evidence = unverified(
    { id: `${path} ${of}`, kind: "function", name: of, qualifiedName: of, module },
    `import pytest\n\nfrom ${module} import ${of}\n`,
  );
  return example(dedent(code), {
    evidence: { ...evidence, mutants: { killed: 1, run: 2, total: 2 }, coverage: { lines: 0.5, branches: 1 } },
    labels: { teacher: "model:student" },
    source: {
      ref: "folder:shop",
      name: "sample",
      version: "1",
      licence: "LicenseRef-own",
      path,
      lines: [line, line + 1],
    },
  });
}

interface Written extends StageResult {
  /** Texts of the files below their two first lines, by name. */
  readonly files: Readonly<Record<string, string>>;
  readonly heads: readonly string[];
}

stageTest(
  write,
  ({ run }) => {
    async function written(
      kept: readonly Example[],
      options: object = {},
      all: readonly Example[] = kept,
    ): Promise<Written> {
      const outputDir = await mkdtemp(join(tmpdir(), "write-"));
      onTestFinished(async () => await rm(outputDir, { recursive: true }));
      const result = await run({ tests: kept, written: all }, options, { services, outputDir });
      const texts = await Promise.all(
        (result.kept as Artifact[]).map(
          async ({ path }) => [path, await readFile(join(outputDir, path), "utf8")] as const,
        ),
      );
      for (const [, text] of texts) expect(readStamp(text)).toMatchObject({ isIntact: true });
      return {
        ...result,
        files: Object.fromEntries(texts.map(([path, text]) => [path, text.split("\n").slice(2).join("\n")])),
        heads: texts.map(([, text]) => text.split("\n")[0] ?? ""),
      };
    }

    it("fails what belongs to a file whose run the sandbox lost, goes on, and remembers nothing of it", async () => {
      const [half, slug] = [
        tests("half", "def test_half():\n    assert half(3) == 1.5"),
        tests("slug", "def test_slug():\n    assert slug('A') == 'a'", { path: "shop/names.py" }),
      ];
      const lost = {
        verdicts: [],
        fileError: { outcome: "error" as const, reason: "infra" as const, detail: "the runner has ended" },
        coverage: null,
      };
      const losing = {
        ...services,
        sandbox: {
          ...sandbox,
          runTests: async (request: TestRun) =>
            request.code.includes("half") ? lost : await sandbox.runTests(request),
        },
      };
      const memo = new Map<string, unknown>();
      const first = await run({ tests: [half, slug], written: [half, slug] }, {}, { services: losing, memo });
      expect(first.failed).toMatchObject([
        { record: half.id, code: "sandbox-lost", reason: "the sandbox lost the run: the runner has ended" },
      ]);
      expect(first.kept).toMatchObject([{ path: "test_shop_names.py" }]);
      const second = await run({ tests: [half, slug], written: [half, slug] }, {}, { services, memo });
      expect([second.failed, second.kept.length]).toEqual([[], 2]);
    });

    it("puts the tests of a source file into one file, in the order of the source, each import once", async () => {
      const half = tests(
        "half",
        `
      import math
      from itertools import chain, count as counting

      def test_half():
          assert half(next(counting(3))) == math.pi / math.pi * 1.5 and list(chain()) == []
    `,
        { line: 5 },
      );
      const total = tests(
        "total",
        `
      from itertools import chain
      import os

      def test_total():
          with pytest.raises(TypeError):
              total(list(chain([1], ["a"])))
    `,
      );
      const { files, heads, kept } = await written([half, total]);
      expect(files).toEqual({
        "test_prices.py":
          dedent(`
      import math
      from itertools import chain, count as counting

      import pytest

      from shop.prices import half, total


      def test_total():
          with pytest.raises(TypeError):
              total(list(chain([1], ["a"])))


      def test_half():
          assert half(next(counting(3))) == math.pi / math.pi * 1.5 and list(chain()) == []
    `) + "\n",
      });
      expect(heads).toEqual(["# Tests of sample: shop/prices.py (written by pipeline generate; student)"]);
      expect(kept).toMatchObject([
        {
          type: "tests",
          path: "test_prices.py",
          facts: { functions: 2, tests: 2, failing: 0, line_coverage: 0.5, mutants_killed: 2, mutants_run: 4 },
        },
      ]);
    });

    it("keeps equal helpers once, and renames what only has the same name, wherever it is used", async () => {
      const helper = "def make():\n    return [1, 2]\n\n\n";
      const first = tests(
        "total",
        `${helper}@pytest.fixture\ndef prices():\n    return make()\n\n\ndef test_it(prices):\n    assert ` +
          `total(prices) == 3\n`,
      );
      const same = tests(
        "half",
        `${helper}class TestIt:\n    def test_it(self):\n        assert half(make()[1]) == 1\n`,
        { line: 5 },
      );
      const again = tests(
        "total",
        `${helper}def test_it():\n    assert total(make()) == 3\n\n\n@pytest.fixture\ndef prices():\n    return ` +
          `make()\n`,
      );
      const other = tests(
        "count",
        "import math as make\n\n\n@pytest.fixture\ndef prices():\n    return dict(prices=make.floor(1.5))\n\n\ndef " +
          "test_it(prices):\n    assert isinstance(count(), int) and prices['prices'] == 1\n",
        { line: 8 },
      );
      const { kept, files, dropped, rejected } = await written([first, first, again, again, same, other]);
      expect([dropped, rejected]).toEqual([[], []]);
      expect(kept).toMatchObject([{ facts: { functions: 3, tests: 4 } }]);
      expect(files["test_prices.py"]).toBe(
        dedent(`
      import math as make_2

      import pytest

      from shop.prices import count, half, total


      def make():
          return [1, 2]


      @pytest.fixture
      def prices():
          return make()


      def test_it(prices):
          assert total(prices) == 3


      def test_it_2():
          assert total(make()) == 3


      class TestIt:
          def test_it(self):
              assert half(make()[1]) == 1


      @pytest.fixture
      def prices_2():
          return dict(prices=make_2.floor(1.5))


      def test_it_3(prices_2):
          assert isinstance(count(), int) and prices_2['prices'] == 1
    `) + "\n",
      );
    });

    it("tells files of one stem apart by their folders, whichever of them tests are written for", async () => {
      const shopName = tests("slug", "def test_slug():\n    assert slug('A') == 'a'\n", { path: "shop/names.py" });
      const libName = tests("slug", "def test_slug():\n    assert slug('a') == 'A'\n", { path: "lib/names.py" });
      expect(Object.keys((await written([shopName, libName])).files)).toEqual([
        "test_lib_names.py",
        "test_shop_names.py",
      ]);
      expect(Object.keys((await written([shopName])).files)).toEqual(["test_shop_names.py"]);
    });

    const early = tests("total", "def test_early():\n    assert total([1]) == 1\n");
    const lonely = tests(
      "count",
      "def test_lonely():\n    assert count() == 0\n\n\ndef test_sure():\n    assert count() >= 0\n",
      { line: 8 },
    );

    it("runs the file as it stands, and leaves out a test that passes alone but not beside the others", async () => {
      const { files, rejected, kept } = await written([early, lonely]);
      expect(files["test_prices.py"]).not.toContain("test_lonely");
      expect(files["test_prices.py"]).toContain("test_sure");
      expect(rejected).toMatchObject([
        {
          part: { target: "count", test: "test_lonely" },
          reason: expect.stringMatching(/^beside the other tests of the file, wrong-value: .*1 == 0/u) as string,
        },
      ]);
      expect(kept).toMatchObject([{ facts: { functions: 2, tests: 2 } }]);
    });

    it("drops an example of which no test passes beside the others, and writes no file for none", async () => {
      const alone = tests("count", "def test_lonely():\n    assert count() == 0\n", { line: 8 });
      expect((await written([early, alone])).dropped).toMatchObject([
        { record: alone.id, reason: expect.stringContaining("beside the other tests") as string },
      ]);
      const broken = await written([
        tests("total", "import nonsuch\n\n\ndef test_total():\n    assert total([]) == nonsuch.zero\n"),
      ]);
      expect(broken.kept).toEqual([]);
      expect(broken.dropped).toMatchObject([
        { reason: expect.stringMatching(/^the whole file fails, import: .*nonsuch/u) as string },
      ]);
    });

    it("writes failing tests as expected failures where they are asked for, with their reasons", async () => {
      const answer = tests(
        "total",
        "def test_good():\n    assert total([1]) == 1\n\n\nclass TestBad:\n    def test_bad(self):\n        assert " +
          'total([1]) == "two"\n',
      );
      const good = Example.derive(answer, { response: "def test_good():\n    assert total([1]) == 1" });
      const hopeless = tests("half", "import nonsuch\n\n\ndef test_half():\n    assert half(nonsuch.two) == 1\n", {
        line: 5,
      });
      const bad = tests(
        "half",
        "@pytest.mark.parametrize('price', [2])\ndef test_half(price):\n    assert half(price) == 5\n",
        { line: 5 },
      );

      expect((await written([good], {}, [answer, bad])).files["test_prices.py"]).not.toContain("bad");
      const { files, kept } = await written([good], { keepFailing: true }, [answer, bad]);
      expect(files["test_prices.py"]).toBe(
        dedent(`
      import pytest

      from shop.prices import half, total


      def test_good():
          assert total([1]) == 1


      class TestBad:
          @pytest.mark.xfail(reason="wrong-value: AssertionError: assert 1 == 'two' where 1 = total([1])")
          def test_bad(self):
              assert total([1]) == "two"


      @pytest.mark.xfail(reason="wrong-value: [2] AssertionError: assert 1.0 == 5 where 1.0 = half(2)")
      @pytest.mark.parametrize('price', [2])
      def test_half(price):
          assert half(price) == 5
    `) + "\n",
      );
      expect(kept).toMatchObject([{ facts: { functions: 1, tests: 3, failing: 2 } }]);

      // What cannot even be loaded would take the whole file with it.
      const without = await written([good], { keepFailing: true }, [answer, hopeless]);
      expect(without.kept).toMatchObject([{ facts: { functions: 1, tests: 2, failing: 1 } }]);
      expect(without.rejected).toMatchObject([
        { part: { target: "half" }, reason: expect.stringMatching(/^import: /u) as string },
      ]);
    });

    it("writes what was never run where no check is asked for, and says so", async () => {
      const { files, heads } = await written([tests("total", "def test_wrong():\n    assert total([1]) == 2\n")], {
        check: false,
      });
      expect(files["test_prices.py"]).toContain("test_wrong");
      expect(heads).toEqual([expect.stringMatching(/student; never run\)$/u)]);
    });

    it("puts the tests of a shard into one file where that is asked for, whatever files they are of", async () => {
      const inShard = (shard: number, one: Example, suite = "unit") =>
        Example.derive(one, { labels: { ...one.labels, suite, shard } });
      const { files, heads, dropped, kept } = await written(
        [
          inShard(1, tests("slug", "def test_slug():\n    assert slug('A') == 'a'\n", { path: "shop/names.py" })),
          inShard(2, tests("half", "def test_half():\n    assert half(2) == 1\n", { line: 7 })),
          inShard(1, tests("total", "def test_total():\n    assert total([1]) == 1\n")),
          inShard(1, tests("total", "def test_total_again():\n    assert total([2]) == 2\n"), "e2e"),
          tests("count", "def test_count():\n    assert count() == 0\n"),
        ],
        { by: "shard" },
      );
      expect((kept as Artifact[]).map(({ path }) => path)).toEqual([
        "test_unit_01.py",
        "test_unit_02.py",
        "test_e2e_01.py",
      ]);
      expect(heads[0]).toMatch(/^# Tests of .+, unit: shop\/names\.py, shop\/prices\.py \(written by/u);
      expect(files["test_unit_01.py"]).toBe(
        dedent(`
      from shop.names import slug
      from shop.prices import total


      def test_slug():
          assert slug('A') == 'a'


      def test_total():
          assert total([1]) == 1
    `) + "\n",
      );
      expect(dropped).toMatchObject([{ reason: expect.stringMatching(/^no shard: /u) }]);
    });

    it("leaves out what is no test of a file", async () => {
      expect((await written([example("4")])).dropped).toMatchObject([
        { reason: expect.stringMatching(/^no place: /u) as string },
      ]);
    });
  },
  {
    inputs: { tests: [tests("total", "def test_total():\n    assert total([]) == 0\n")], written: [] },
    surroundings: { services },
  },
);
