import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { PipelineError } from "../../../pipeline/system/errors.js";
import type { Sandbox } from "../../../pipeline/contract/sandbox.js";
import type { MutationResult } from "../../../pipeline/contract/mutation.js";
import type { CheckedTests } from "../../../stages/tests/check-tests/report.js";
import checkTests from "../../../stages/tests/check-tests.js";
import { targetsOf } from "../../../stages/python/lib/targets.js";
import { sandboxed, type Sandboxed } from "../../sandbox/sandboxed.js";
import { sourceFile } from "../../support/records.js";
import { stageTest } from "../../support/stage-test.js";

const prices = `
def add(a, b):
    if a < 0:
        return b
    return a + b

def half(number):
    return number / 2

class Till:
    def __init__(self):
        self.total = 0

    def take(self, amount):
        self.total += amount
        return self.total
`;
const targets = targetsOf(sourceFile("prices.py", prices), {
  kinds: ["function", "method", "class"],
  private: false,
  maxLines: 100,
  minComplexity: 1,
}).targets;

let shop: Sandboxed;
let folder: string;
beforeAll(async () => {
  shop = await sandboxed({ "prices.py": prices });
  folder = await mkdtemp(join(tmpdir(), "check-"));
});
afterAll(async () => {
  await shop.close();
  await rm(folder, { recursive: true });
});

stageTest(
  checkTests,
  ({ run }) => {
    it("tells a verdict a test, and which functions of the source each tests", async () => {
      const { tests, targets: tested } = await checked({
        "test_prices.py": `
from prices import add, half as halve, Till
import pytest

def test_add():
    assert add(1, 2) == 3

def test_wrong():
    assert halve(4) == 3

def test_till():
    till = Till()
    assert till.take(2) == add(0, 2)

def test_aimless():
    assert len("a") == 1

def test_unasserted():
    add(1, 2)
`,
      });
      expect(tests).toMatchObject([
        { file: "test_prices.py", name: "test_add", outcome: "passed", reason: null, targets: ["prices.add"] },
        { name: "test_wrong", outcome: "failed", reason: "wrong-value", targets: [] },
        { name: "test_till", outcome: "passed", targets: ["prices.add", "prices.Till.take"] },
        { name: "test_aimless", outcome: "passed", targets: [] },
        { name: "test_unasserted", outcome: "passed", targets: [] },
      ]);
      expect(tested.map(({ name, tests: names, path, line }) => ({ name, names, path, line }))).toEqual([
        { name: "prices.add", names: ["test_add", "test_till"], path: "prices.py", line: 2 },
        { name: "prices.Till.take", names: ["test_till"], path: "prices.py", line: 14 },
      ]);
    });

    it("runs only tests that pass on mutants, and shows those that survive", async () => {
      const diff = "-    if a < 0:\n+    if a <= 0:\n";
      const result: MutationResult = {
        total: 9,
        mutants: [
          { operator: "arithmetic", line: 5, diff: "-+", outcome: "killed", killedBy: "test_add" },
          { operator: "boundary", line: 3, diff, outcome: "survived", killedBy: null },
          { operator: "loop", line: 4, diff: "-+", outcome: "timeout", killedBy: null },
        ],
      };
      const { targets: tested, asked } = await checked(
        {
          "test_prices.py":
            "import prices\n\ndef test_add():\n    assert prices.add(1, 2) == 3\n\ndef test_wrong():\n    assert " +
            "prices.add(1, 2) == 4\n",
        },
        { mutants: 3 },
        result,
      );
      expect(tested).toMatchObject([
        {
          mutants: { killed: 1, survived: 1, timeouts: 1, run: 3, total: 9 },
          survivors: [{ operator: "boundary", line: 3, diff }],
        },
      ]);
      expect(asked).toMatchObject([
        { tests: ["test_add"], target: { module: "prices", qualifiedName: "add" }, limit: 3, enough: null },
      ]);
    });

    it("runs no mutants where none are asked for, and none for tests that fail", async () => {
      const file = { "test_prices.py": "from prices import add\n\ndef test_add():\n    assert add(1, 2) == 3\n" };
      expect(await checked(file, { mutants: 0 })).toMatchObject({
        tests: [{ outcome: "passed" }],
        targets: [],
        asked: [],
      });
      expect(
        await checked({ "test_prices.py": "from prices import add\n\ndef test_add():\n    assert add(1, 2) == 4\n" }),
      ).toMatchObject({ targets: [], asked: [] });
    });

    it("tells of a file that cannot be run, and goes on with the next", async () => {
      const { tests } = await checked({
        "a_test.py": "from prices import nonsuch\n\ndef test_a():\n    assert nonsuch() == 1\n",
        "b_test.py": "def test_b():\n    assert len('a') == 1\n",
      });
      expect(tests).toMatchObject([
        { file: "a_test.py", name: null, outcome: "error", reason: "import" },
        { file: "b_test.py", name: "test_b", outcome: "passed" },
      ]);
    });

    it.each<[how: string, bytes: Buffer]>([
      ["a byte order mark", Buffer.from("\uFEFFTEXT = 'ï'\n")],
      [
        "an encoding in its first line",
        Buffer.concat([Buffer.from("# -*- coding: latin-1 -*-\nTEXT = '"), Buffer.from([0xef]), Buffer.from("'\n")]),
      ],
      [
        "an encoding in its second line",
        Buffer.concat([
          Buffer.from("#!/usr/bin/env python\n# coding: cp1252\nTEXT = '"),
          Buffer.from([0xef]),
          Buffer.from("'\n"),
        ]),
      ],
      ["UTF-8, and no more", Buffer.from("TEXT = 'ï'\r\n")],
    ])("reads a file as Python does: %s", async (_how, bytes) => {
      const rest = Buffer.from("def test_text():\n    assert TEXT == '\\xef'\n");
      expect((await checked({ "test_bytes.py": Buffer.concat([bytes, rest]) }, { mutants: 0 })).tests).toMatchObject([
        { name: "test_text", outcome: "passed", detail: "" },
      ]);
    });

    it("says of a file that Python cannot decode why, and goes on", async () => {
      const { tests } = await checked(
        {
          "a_test.py": Buffer.from([0x23, 0xff, 0x0a]),
          "b_test.py": "from prices import add\n\ndef test_b():\n    assert add(1, 2) == 3\n",
        },
        { mutants: 0 },
      );
      expect(tests).toMatchObject([
        {
          name: null,
          outcome: "error",
          reason: "syntax",
          detail: "encoding: not valid utf-8, and nothing in the file names another encoding",
        },
        { outcome: "passed" },
      ]);
    });

    it("does not remember a run that the sandbox lost", async () => {
      const memo = new Map<string, unknown>();
      const file = { "test_prices.py": "def test_a():\n    assert len('a') == 1\n" };
      const lost: Sandbox["runTests"] = async () => ({
        verdicts: [],
        fileError: { outcome: "error", reason: "infra", detail: "the runner has ended" },
        coverage: null,
      });
      expect(await checked(file, { memo, runTests: lost })).toMatchObject({ tests: [{ name: null, reason: "infra" }] });
      expect(await checked(file, { memo })).toMatchObject({ tests: [{ outcome: "passed" }] });
    });

    it("tells of a function whose run the sandbox lost, and never that no test is about it", async () => {
      const file = {
        "test_prices.py":
          "from prices import add, half\n\ndef test_add():\n    assert add(1, 2) == 3\n\n" +
          "def test_half():\n    assert half(4) == 2\n",
      };
      const infra = { outcome: "error", reason: "infra", detail: "pytest reported nothing of it" } as const;
      const memo = new Map<string, unknown>();
      const losing: Sandbox["runTests"] = async (request) => {
        const result = await shop.api.runTests(request);
        return request.target?.qualifiedName === "add"
          ? { ...result, verdicts: result.verdicts.map((verdict) => ({ ...verdict, ...infra })), coverage: null }
          : result;
      };
      const found = await checked(file, { memo, runTests: losing });
      expect(found.tests).toMatchObject([
        { name: "test_add", outcome: "passed" },
        { name: "test_half", outcome: "passed", targets: ["prices.half"] },
      ]);
      expect(found.targets).toMatchObject([{ name: "prices.half" }]);
      expect(found.lost).toEqual([{ file: "test_prices.py", name: "prices.add", detail: infra.detail }]);
      const again = await checked(file, { memo });
      expect([again.targets.map(({ name }) => name), again.lost]).toEqual([["prices.add", "prices.half"], []]);
    });

    it("tells of a function whose mutants were lost, and goes on", async () => {
      const file = { "test_prices.py": "from prices import add\n\ndef test_add():\n    assert add(1, 2) == 3\n" };
      const mutate = async () => {
        throw new PipelineError("the runner has ended", { code: "sandbox" });
      };
      expect(await checked(file, { mutate })).toMatchObject({
        tests: [{ outcome: "passed" }],
        targets: [],
        lost: [{ name: "prices.add", detail: "the runner has ended" }],
      });
    });

    interface Surroundings {
      readonly mutate?: Sandbox["mutate"];
      readonly mutants?: number;
      readonly memo?: Map<string, unknown>;
      readonly runTests?: Sandbox["runTests"];
    }

    /** The real sandbox runs the tests; what it says of mutants is given. */
    async function checked(
      files: Readonly<Record<string, string | Buffer>>,
      { mutants = 5, memo, runTests, mutate }: Surroundings = {},
      result: MutationResult = { mutants: [], total: 0 },
    ) {
      for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
      const asked: Parameters<Sandbox["mutate"]>[0][] = [];
      const sandbox: Sandbox = {
        ...shop.api,
        ...(runTests !== undefined && { runTests }),
        mutate: async (request) => {
          asked.push(request);
          return await (mutate?.(request) ?? Promise.resolve(result));
        },
      };
      const outputDir = await mkdtemp(join(folder, "output-"));
      const { kept } = await run(
        targets,
        { source: "folder:shop", files: Object.keys(files), runs: 1, mutants },
        {
          services: { sandbox, sources: { fetch: async () => shop.tree, tree: async () => shop.tree } },
          outputDir,
          files: Object.fromEntries(Object.keys(files).map((name) => [name, join(folder, name)])),
          ...(memo !== undefined && { memo }),
        },
      );
      expect(kept).toMatchObject([{ type: "report", path: "tests.json" }]);
      return { ...(JSON.parse(await readFile(join(outputDir, "tests.json"), "utf8")) as CheckedTests), asked };
    }
  },
  async () => {
    const file = join(folder, "test_contract.py");
    await writeFile(file, "from prices import add\n\ndef test_add():\n    assert add(1, 2) == 3\n");
    return {
      inputs: targets,
      options: { source: "folder:shop", files: ["test_contract.py"], runs: 1, mutants: 0 },
      surroundings: {
        services: { sandbox: shop.api, sources: { fetch: async () => shop.tree, tree: async () => shop.tree } },
        files: { "test_contract.py": file },
      },
    };
  },
);
