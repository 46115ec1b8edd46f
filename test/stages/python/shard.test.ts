import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { chat, type ChatText, joined } from "../../../pipeline/contract/chat-formats.js";
import type { Model } from "../../../pipeline/contract/model.js";
import { packageRoot } from "../../../pipeline/system/paths.js";
import { loadPrompt } from "../../../pipeline/contract/prompt-file.js";
import { renderShardQuestion } from "../../../stages/python/lib/shard-prompt.js";
import { type Shard, Target } from "../../../stages/python/lib/records.js";
import type { SourceFile } from "../../../pipeline/contract/records.js";
import type { Sources } from "../../../pipeline/contract/sources.js";
import { targetsOf } from "../../../stages/python/lib/targets.js";
import shard from "../../../stages/python/shard.js";
import { sourceFile } from "../../support/records.js";
import type { StageSurroundings } from "../../support/run-stage.js";
import { stageTest } from "../../support/stage-test.js";
import { TestPrompt } from "../../../stages/python/lib/test-prompt.js";

const prompt = await loadPrompt(join(packageRoot, "config/prompts/pytest-shard.yaml"), TestPrompt);

/** A small project: files by path. */
const project: Readonly<Record<string, string>> = {
  "shop/__init__.py": "from .prices import total\n",
  "shop/prices.py": `"""Prices."""
from shop.tax import RATE, with_tax


def total(prices):
    """Sums them.

    >>> total([1, 2])
    3
    """
    return sum(prices)


def gross(prices):
    return with_tax(total(prices), RATE)
`,
  "shop/tax.py": `RATE = 0.2


def with_tax(amount, rate=RATE):
    """Adds the tax."""
    secret = amount * rate
    return amount + secret
`,
  "shop/cart.py": `import shop.prices
from . import tax


class Cart:
    limit = 3

    def __init__(self, items=()):
        self.items = list(items)

    def add(self, price):
        self.items.append(price)

    def sum(self):
        return shop.prices.total(self.items)

    def gross(self):
        return tax.with_tax(self.sum())


def empty():
    return Cart()
`,
};

const folder = await mkdtemp(join(tmpdir(), "shard-"));
for (const [path, text] of Object.entries(project)) {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}
const sources = { tree: async () => ({ folder, importRoots: [""] }) } as unknown as Sources;

/** A model whose every word is a token. */
function counting(contextTokens: number): Model<"tokens" | "template"> {
  const render: Model<"template">["renderChat"] = async (messages) =>
    chat`${messages.map(({ content }) => content).join("\n")}`;
  return {
    renderChat: render,
    countTokens: async (texts: readonly ChatText[]) => texts.map((text) => joined(text).match(/\S+/gu)?.length ?? 0),
    info: async () => ({ name: "counting", contextTokens }),
  } as unknown as Model<"tokens" | "template">;
}

const surroundings = (contextTokens = 100_000): StageSurroundings => ({
  services: { sources, model: () => counting(contextTokens) },
  prompts: { "prompts/pytest-shard.yaml": prompt },
});

const files = Object.entries(project).map(([path, text]) => sourceFile(path, text));
const everything = {
  kinds: ["function", "method", "class"],
  private: false,
  maxLines: 1000,
  minComplexity: 1,
} as const;
const targetsIn = (own: readonly SourceFile[]) => own.flatMap((file) => targetsOf(file, everything).targets);
const inputs = { targets: targetsIn(files), files };
const names = ({ targets }: Shard) => targets.map(({ qualifiedName }) => qualifiedName);

/** A file of many functions, and classes of some methods. */
function large(
  path: string,
  { functions, classes = 0, methods = 0 }: { functions: number; classes?: number; methods?: number },
): SourceFile {
  const functionsText = Array.from(
    { length: functions },
    (_, index) => `def f${index}(a):\n    return a + ${index}\n\n\n`,
  );
  const methodsText = Array.from(
    { length: methods },
    (_, method) => `    def m${method}(self):\n        return ${method}\n\n`,
  ).join("");
  const classesText = Array.from({ length: classes }, (_, index) => `class C${index}:\n${methodsText}\n`);
  return sourceFile(path, [...functionsText, ...classesText].join(""));
}

stageTest(
  shard,
  ({ run }) => {
    it("puts every target into one shard, its files shown whole and without their doctests", async () => {
      const { kept } = await run(inputs, { model: "m" }, surroundings());
      const [only] = kept as Shard[];
      expect(kept).toHaveLength(1);
      expect(only).toMatchObject({
        suite: "unit",
        number: 1,
        counted: "tokenizer",
        signatures: [],
        source: { ref: "pypi:shop@1.0.0", licence: "MIT" },
      });
      expect(only?.source).not.toHaveProperty("path");
      expect(names(only as Shard)).toEqual([
        "total",
        "gross",
        "with_tax",
        "Cart",
        "Cart.add",
        "Cart.sum",
        "Cart.gross",
        "empty",
      ]);
      expect((only as Shard).files.map(({ path, extent }) => [path, extent])).toEqual([
        ["shop/prices.py", "whole"],
        ["shop/tax.py", "whole"],
        ["shop/cart.py", "whole"],
      ]);
      expect((only as Shard).files[0]?.text).toBe(
        (project["shop/prices.py"] ?? "").replace(/\n\n {4}>>>[^]*? {4}3\n/u, "\n"),
      );
    });

    it("shows signatures of what the files take from the rest of the project, however they import it", async () => {
      const { kept } = await run(
        { ...inputs, targets: targetsIn(files.filter(({ module }) => module === "shop.cart")) },
        { model: "m" },
        surroundings(),
      );
      expect((kept as Shard[])[0]?.signatures).toEqual([
        {
          module: "shop.prices",
          text: 'def total(prices):\n    """Sums them.\n\n    >>> total([1, 2])\n    3\n    """\n    ...',
        },
        { module: "shop.tax", text: 'def with_tax(amount, rate=RATE):\n    """Adds the tax."""\n    ...' },
      ]);
    });

    it("keeps the targets of a file together, and a class with its methods, up to the number asked for", async () => {
      const own = [
        large("a.py", { functions: 3 }),
        large("b.py", { functions: 3 }),
        large("c.py", { functions: 1, classes: 2, methods: 3 }),
        large("d.py", { functions: 0, classes: 1, methods: 6 }),
      ];
      const { kept } = await run(
        { targets: targetsIn(own), files: own },
        { model: "m", targetsPerShard: 5 },
        surroundings(),
      );
      expect((kept as Shard[]).map(names)).toEqual([
        ["f0", "f1", "f2"],
        ["f0", "f1", "f2"],
        ["f0", "C0", "C0.m0", "C0.m1", "C0.m2"],
        ["C1", "C1.m0", "C1.m1", "C1.m2"],
        ["C0", "C0.m0", "C0.m1", "C0.m2", "C0.m3"],
        ["C0.m4", "C0.m5"],
      ]);
      expect((kept as Shard[]).map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6]);
    });

    it("asks about no more than the model's context has room for, beside the answer", async () => {
      const own = Array.from({ length: 12 }, (_, index) => large(`m${index}.py`, { functions: 4 }));
      const all = targetsIn(own);
      const { kept, dropped } = await run(
        { targets: all, files: own },
        { model: "m", targetsPerShard: 100, answerTokens: 100 },
        surroundings(800),
      );
      expect(dropped).toEqual([]);
      const shards = kept as Shard[];
      expect(shards.length).toBeGreaterThan(2);
      for (const each of shards) {
        const text = renderShardQuestion(prompt, each)
          .map(({ content }) => content)
          .join("\n");
        expect(each.tokens).toBe(text.match(/\S+/gu)?.length);
        expect(each.tokens).toBeLessThanOrEqual(800 - 100 - 256);
        expect(each.files.every(({ extent }) => extent === "whole")).toBe(true);
      }
      expect(shards.flatMap(({ targets }) => targets.map(({ id }) => id))).toEqual(all.map(({ id }) => id));
    });

    it("shows the parts of a file that its targets need where the whole of it is too long", async () => {
      const rest = Array.from({ length: 400 }, (_, index) => `def other_${index}(value):\n    return value\n\n\n`).join(
        "",
      );
      const file = sourceFile(
        "long.py",
        `import os\nimport json\n\nSIZE = 3\n\n\n${rest}def helper(items):\n    return items[:SIZE]\n\n\nclass ` +
          `Box:\n    def __init__(self):\n        self.items = []\n\n    def top(self):\n        return ` +
          `helper(self.items)\n\n    def save(self):\n        return json.dumps(self.items)\n`,
      );
      const wanted = targetsIn([file]).filter(({ qualifiedName }) => qualifiedName === "Box.top");
      const { kept } = await run(
        { targets: wanted, files: [file] },
        { model: "m", answerTokens: 100 },
        surroundings(800),
      );
      expect((kept as Shard[])[0]?.files).toMatchObject([
        {
          extent: "parts",
          text:
            "SIZE = 3\n\n\ndef helper(items):\n    return items[:SIZE]\n\n\nclass Box:\n    def " +
            "__init__(self):\n        self.items = []\n\n    def top(self):\n        return helper(self.items)\n\n   " +
            " def save(self):\n        ...",
        },
      ]);
    });

    it("leaves out a target of which even that does not fit, and says how long it is", async () => {
      const file = sourceFile(
        "huge.py",
        `def huge():\n    return [${Array.from({ length: 2000 }, (_, index) => `${index},`).join(" ")}]\n\n\ndef ` +
          `small():\n    return 1\n`,
      );
      const { kept, dropped } = await run(
        { targets: targetsIn([file]), files: [file] },
        { model: "m", answerTokens: 100 },
        surroundings(800),
      );
      expect((kept as Shard[]).map(names)).toEqual([["small"]]);
      expect(dropped).toMatchObject([
        { reason: expect.stringMatching(/^prompt-too-long: .*about huge alone has 2\d\d\d tokens, .* room for 444$/u) },
      ]);
    });

    it("asks about routes in shards of their own, one application a shard", async () => {
      const file = sourceFile("api.py", "def read(a):\n    return a\n\n\ndef write(a):\n    return a\n");
      const functions = targetsIn([file]);
      const route = (handler: Target | undefined, method: string, application: string): Target =>
        Target.derive(handler as Target, {
          targetKind: "route",
          route: { framework: "fastapi", method, path: "/a", handler: "api.read", application },
        });
      const targets = [
        ...functions,
        route(functions[0], "GET", "api:app"),
        route(functions[1], "POST", "api:app"),
        route(functions[1], "PUT", "api:other"),
      ];
      const { kept } = await run({ targets, files: [file] }, { model: "m" }, surroundings());
      expect(
        (kept as Shard[]).map(({ suite, number, targets: own }) => [
          suite,
          number,
          own.map(({ route: of, name }) => of?.method ?? name),
        ]),
      ).toEqual([
        ["e2e", 1, ["GET", "POST"]],
        ["unit", 1, ["read", "write"]],
        ["e2e", 2, ["PUT"]],
      ]);
    });

    it("estimates tokens where no model is named, and says so", async () => {
      const { kept } = await run(inputs, {}, surroundings());
      const [only] = kept as Shard[];
      const length = renderShardQuestion(prompt, only as Shard).reduce((sum, { content }) => sum + content.length, 0);
      expect(only).toMatchObject({ counted: "estimate", answerTokens: 1365 });
      expect(Math.abs((only?.tokens ?? 0) - length / 3.5)).toBeLessThan(3);
    });

    it("shows signatures alone where that is asked for", async () => {
      const { kept } = await run(inputs, { model: "m", show: "signature" }, surroundings());
      expect(JSON.stringify((kept as Shard[])[0]?.files)).not.toMatch(/secret|sum\(prices\)/u);
    });
  },
  { inputs, options: { model: "m", targetsPerShard: 3 }, surroundings: surroundings() },
);
