import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Example } from "../../pipeline/contract/records.js";
import { type Folder, folderWith, oddNumbers } from "./command.js";
import { pattern } from "../support/pattern.js";

let folder: Folder;
beforeAll(async () => {
  folder = await folderWith({ "odd.yaml": oddNumbers });
  await folder.pipeline("run", "odd.yaml");
});
afterAll(async () => await folder.remove());

const stdout = async (...args: string[]) => (await folder.pipeline(...args)).stdout;
const jsonLines = async (...args: string[]) =>
  (await stdout(...args, "--json")).split("\n").map((line) => JSON.parse(line) as object);

describe("status", () => {
  it("lists the runs, and accounts for every input of every step of the newest", async () => {
    expect(await stdout("status")).toMatch(/odd {2}done[^]+keep-odd +150 +75 +75 +0 +0 +75 +0 +0/u);
    expect(JSON.parse(await stdout("status", "--json"))).toMatchObject({
      runs: [{ pipeline: "odd", status: "done" }],
      steps: [{ step: "numbers" }, { step: "keep-odd", in: 150, used: 75, dropped: 75 }, {}],
    });
  });

  it("says so where nothing has run", async () => {
    const empty = await folderWith({});
    expect(await empty.pipeline("status")).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("nothing has run in this folder yet") as string,
    });
    await empty.remove();
  });
});

describe("inspect", () => {
  it("shows records of a step, as text and as JSON lines", async () => {
    expect(await stdout("inspect", "keep-odd", "--limit", "2")).toMatch(
      /^step keep-odd: 75 records, of which the first 2\n---\nkind: Example\n/u,
    );
    expect(await jsonLines("inspect", "keep-odd", "--limit", "2")).toMatchObject([
      { response: "1" },
      { response: "3" },
    ]);
  });

  it("answers SQL over a step, over what was left out, and over a file", async () => {
    expect(
      await jsonLines(
        "inspect",
        "keep-odd",
        "--sql",
        "select count(*)::int as n, max(response::int) as most from records",
      ),
    ).toEqual([{ n: 75, most: 149 }]);
    expect(
      await jsonLines("inspect", "rejects", "--sql", "select step, type, count(*)::int as n from rejects group by all"),
    ).toEqual([{ step: "keep-odd", type: "dropped", n: 75 }]);
    expect(
      await jsonLines(
        "inspect",
        "keep-odd",
        "--sql",
        "select (select count(*) from records)::int as kept, count(*)::int as n from rejects",
      ),
    ).toEqual([{ kept: 75, n: 75 }]);
    await writeFile(join(folder.path, "few.csv"), 'name,lines\nadd,"a\nb"\n');
    expect(await stdout("inspect", "few.csv", "--sql", "select name, length(lines) as length from records")).toBe(
      "name  length\nadd        3",
    );
    expect(await stdout("inspect", "few.csv")).toContain("lines: |-\n  a\n  b");
  });

  it("counts what was left out by reason, and shows it", async () => {
    expect(await stdout("inspect", "rejects", "--limit", "1")).toMatch(
      pattern(
        /^keep-odd {2}75 {2}dropped: even {2}even: \d+\n---\nstep: keep-odd\ntype: dropped\n[^]*\ncode: even\n/u,
        /reason: "even: \d+"/u,
      ),
    );
    const query =
      "select code, count(*) as n, min(reason) like 'even: %' as said, any_value(fix) as fix from rejects group by " +
      "code";
    const json = await stdout("inspect", "rejects", "--json", "--sql", query);
    expect(JSON.parse(json)).toEqual({ code: "even", n: "75", said: true, fix: null });
  });

  it.each([
    [["inspect", "keep-od"], /no finished step "keep-od"[^]+Did you mean "keep-odd"\?/u],
    [["inspect", "nonsuch.jsonl"], /no file .*nonsuch\.jsonl/u],
    [["inspect", "keep-odd", "--sql", "select nonsuch from records"], /DuckDB refuses the query: .*nonsuch/u],
    [["explain", "ffff"], /no record "ffff"/u],
    [["verify", "nonsuch.py", "--source", "."], /no such file or folder: nonsuch\.py/u],
    [["run", "odd.yaml", "--workers", "0"], /whole number of at least 1/u],
  ])("and the others complain of a mistake in usage: %j", async (args, complaint) => {
    const { exitCode, stderr } = await folder.pipeline(...args);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(complaint)]);
  });
});

describe("explain", () => {
  it("follows a record from where it came from to where it went", async () => {
    const [record] = (await jsonLines("inspect", "keep-odd", "--limit", "1")) as [Example];
    const text = await stdout("explain", record.id.slice(0, 16));
    expect(text).toContain(`${record.id}  Example, put out by step keep-odd`);
    expect(text).toMatch(/made from\n {2}numbers {2}Example[^]+what became of it\n {2}write-out {2}Artifact/u);
    const [dropped] = (await jsonLines("inspect", "rejects", "--limit", "1")) as [{ record: string }];
    expect(await stdout("explain", dropped.record)).toMatch(/left out\n {2}keep-odd {2}dropped {2}even {2}even: \d/u);
  });

  it("says why a step would run again, and why it did", async () => {
    const miss = ["explain", "--miss", "keep-odd"];
    expect(await stdout(...miss, "--set", "keep-odd.delay=1")).toMatch(
      /^keep-odd would run again because\n {2}options\.delay {2}0 → 1\nunchanged: .*seed/u,
    );
    await folder.pipeline("run", "odd.yaml", "--set", "keep-odd.delay=1");
    expect(await stdout(...miss)).toMatch(/^keep-odd ran again because\n {2}options\.delay {2}0 → 1\n/u);
  });
});

describe("config", () => {
  it("shows every value and where it comes from", async () => {
    const text = await stdout("config", "show", "odd.yaml", "--set", "keep-odd.delay=4");
    expect(text).toMatch(/^seed: 3 +# odd\.yaml:2$/mu);
    expect(text).toMatch(/^ +delay: 4 +# --set keep-odd\.delay=4$/mu);
    expect(text).toMatch(/^ +file: numbers\.txt +# default$/mu);
    const values = JSON.parse(await stdout("config", "show", "odd.yaml", "--json")) as object[];
    expect(values).toContainEqual({ path: ["steps", 0, "with", "count"], value: 150, origin: "odd.yaml:5" });
  });

  it("checks the pipeline that ships", async () => {
    expect(await stdout("config", "validate", "build-dataset")).toMatch(
      /build-dataset\.yaml is valid: ingest → extract → /u,
    );
  });

  it("prints a JSON Schema that knows each stage's options", async () => {
    const schema = JSON.parse(await stdout("config", "schema")) as {
      properties: {
        steps: {
          items: {
            anyOf: {
              properties: {
                stage: { const?: string };
                with: { properties?: Record<string, { description?: string }> };
              };
            }[];
          };
        };
      };
    };
    const stages = schema.properties.steps.items.anyOf;
    const split = stages.find(({ properties: { stage } }) => stage.const === "split");
    expect(Object.keys(split?.properties.with.properties ?? {})).toEqual(
      expect.arrayContaining(["ratios", "group", "limit"]),
    );
    const undescribed = stages.flatMap(({ properties: { stage, with: options } }) =>
      Object.entries(options.properties ?? {})
        .filter(([, { description }]) => description === undefined)
        .map(([name]) => `${stage.const}.${name}`),
    );
    expect(undescribed).toEqual([]);
  });
});

describe("verify", () => {
  it("runs test files in the sandbox: a verdict a test, and exit code 1 where one fails", async () => {
    const source = join(folder.path, "shop");
    await mkdir(join(source, "tests"), { recursive: true });
    await writeFile(join(source, "prices.py"), "def add(a, b):\n    return a + b\n");
    await writeFile(
      join(source, "tests/test_prices.py"),
      "from prices import add\n\ndef test_right():\n    assert add(1, 2) == 3\n\ndef test_wrong():\n    assert " +
        "add(1, 2) == 4\n",
    );
    const { exitCode, stdout: text } = await folder.pipeline(
      "verify",
      "shop/tests",
      "--source",
      "shop",
      "--runs",
      "1",
      "--json",
    );
    expect(JSON.parse(text)).toMatchObject({
      tests: [
        { file: "shop/tests/test_prices.py", name: "test_right", outcome: "passed", reason: null },
        { file: "shop/tests/test_prices.py", name: "test_wrong", outcome: "failed", reason: "wrong-value" },
      ],
      sandbox: expect.stringContaining("seccomp") as string,
    });
    expect(exitCode).toBe(1);
  });
});

describe("models", () => {
  it("describes a model, and lists none in an empty cache", async () => {
    await writeFile(join(folder.path, "broken.gguf"), "no model");
    expect(await folder.pipeline("models", "info", "file:broken.gguf")).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("error: ") as string,
    });
    expect(await folder.pipeline("models", "pull", "hf:broken")).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("OWNER/REPO/FILE.gguf") as string,
    });
    expect(JSON.parse(await stdout("models", "list", "--json"))).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          name: "coder-0.5b",
          bytes: 491_400_064,
          licence: "Apache-2.0",
          about: expect.any(String) as unknown,
        }),
      ]),
    );
    expect(await stdout("models", "list")).toMatch(
      /^name +size +memory +licence +here +good for\n.*tiny +98 MB +\d+ MB +Apache-2\.0 +(?:yes|no) +runs anywhere/mu,
    );
    expect(await folder.pipeline("models", "pull", "coder-05b")).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('Did you mean "coder-0.5b"?') as unknown,
    });
  });
});

describe("help", () => {
  it("names every command, and describes every option of each", async () => {
    const commands = [...(await stdout("--help")).matchAll(/^ {2}([a-z]+) {2,}\S/gmu)]
      .map(([, name = ""]) => name)
      .filter((name) => name !== "help");
    expect(commands).toEqual([
      "run",
      "plan",
      "status",
      "inspect",
      "failures",
      "explain",
      "models",
      "generate",
      "serve",
      "verify",
      "evaluate",
      "clean",
      "config",
      "doctor",
    ]);
    const texts = await Promise.all(commands.map(async (command) => await stdout(command, "--help")));
    for (const text of texts) {
      const options = text.split("\n").filter((line) => /^ {2}(?:-\w, )?--/u.test(line));
      expect(options.length).toBeGreaterThan(0);
      expect(options.filter((line) => !/^ {2}(?:-\w, )?--[\w-]+(?: <[^>]+>)? {2,}\S/u.test(line))).toEqual([]);
    }
  });
});
