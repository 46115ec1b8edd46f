import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CheckJob } from "../../../pipeline/contract/checker.js";
import check from "../../../stages/snippets/check.js";
import { laterSandbox, sandboxed, type Sandboxed } from "../../sandbox/sandboxed.js";
import { runStage } from "../../support/run-stage.js";
import { snippet } from "./languages.js";

let box: Sandboxed;
beforeAll(async () => {
  box = await sandboxed({});
});
afterAll(async () => await box.close());
const sandbox = laterSandbox(() => box);

/** A language of the tests' own: a line that begins with `!` is wrong, `sleep`, `spin`, `eat` and `crash` are done. */
const tool = `import sys, time
wrong = []
for path in sys.argv[2:]:
    text = open(path).read()
    if "sleep" in text: time.sleep(60)
    while "spin" in text: pass
    if "eat" in text: held = [b"x" * (1 << 20) for _ in range(4000)]
    if "crash" in text: sys.exit(7)
    wrong += [f"{path}:{number}: wrong" for number, line in enumerate(text.split("\\n"), 1) if line.startswith("!")]
if wrong:
    print("\\n".join(wrong) if sys.argv[1] == "names" else "something is wrong", file=sys.stderr)
    sys.exit(1)
`;
const beside = { "tool.py": tool };
const limits = { timeout: 1, memory: 256 };
const alone = { command: "python3 tool.py names {file}", suffix: ".own", beside, ...limits };
const together = { ...alone, command: "python3 tool.py names {files}" };
const named = { ...together, message: String.raw`^(?<file>[^:]+):(?<text>\d+: .+)$` };
const silent = { ...together, command: "python3 tool.py silent {files}" };

const texts = Array.from({ length: 32 }, (_, index) => (index % 7 === 3 ? `fine ${index}\n! bad` : `fine ${index}`));
const rows = texts.map((text) => snippet("own", text));

/** Verdicts of all rows, in order, and how many processes were asked for. */
async function verdicts(checker: object, given = rows, partition = 1000) {
  const jobs: CheckJob[] = [];
  const counted = {
    ...sandbox,
    check: async (job: CheckJob) => {
      jobs.push(job);
      return await sandbox.check(job);
    },
  };
  const options = { checkers: { own: checker } };
  const result = await runStage(check, given, options, { services: { sandbox: counted }, partition });
  const kept = new Set(result.kept.flatMap(({ from }) => from));
  const left = new Map(
    [...result.dropped, ...result.failed].map(({ record, type, reason }) => [record, [type, reason]]),
  );
  return { of: given.map(({ id }) => (kept.has(id) ? "kept" : left.get(id))), jobs: jobs.length };
}

describe("a checker of one's own", () => {
  it("gives each file the verdict that it has alone, however many it is given at once, in whatever parts", async () => {
    const one = await verdicts(alone);
    expect(one.of.slice(2, 5)).toEqual(["kept", ["dropped", "python3: snippet.own:2: wrong"], "kept"]);
    for (const partition of [1000, 7])
      expect((await verdicts({ ...named, message: "^(?<file>[^:]+):.*$" }, rows, partition)).of).toEqual(one.of);
    const unnamed = await verdicts(silent);
    expect(unnamed.of.map((verdict) => verdict === "kept")).toEqual(one.of.map((verdict) => verdict === "kept"));
  });

  it("is run twice where it names the files that are wrong, and on halves where it does not", async () => {
    expect((await verdicts(named)).jobs).toBe(2);
    const oneWrong = texts.map((text, place) => snippet("own", place === 9 ? "! bad" : text.replace("!", "")));
    expect((await verdicts(silent, oneWrong)).jobs).toBe(1 + 2 * 5);
  });

  it.each([
    ["alone", alone],
    ["with others", named],
  ])("that is ended, or ends itself otherwise, has said nothing of the file: %s", async (_, checker) => {
    const given = ["fine", "sleep", "spin", "eat", "crash", "! bad"].map((text) => snippet("own", text));
    const { of } = await verdicts(checker, given);
    expect(of).toEqual([
      "kept",
      ["failed", "python3: it ran into its time limit"],
      ["failed", expect.stringMatching(/time limit/u)],
      ["failed", expect.stringMatching(/more memory|MemoryError/u)],
      ["failed", "python3: exit code 7: it says nothing"],
      ["dropped", expect.stringContaining("wrong")],
    ]);
  });

  it("may be one of several: the next one judges where something beside the file is missing", async () => {
    const asks = { ...alone, outside: "2: wrong", name: "first" };
    const { of } = await verdicts([asks, { ...alone, name: "second" }], [snippet("own", "a\n!"), snippet("own", "!")]);
    expect(of).toEqual([
      ["dropped", "second: snippet.own:2: wrong"],
      ["dropped", "first: snippet.own:1: wrong"],
    ]);
  });

  it("is asked once: what it found is remembered, and what broke is not", async () => {
    const given = ["fine", "! bad", "crash"].map((text) => snippet("own", text));
    const asked: number[] = [];
    const memo = new Map<string, unknown>();
    const counted = {
      ...sandbox,
      check: async (job: CheckJob) => {
        asked.push(job.files.filter(({ path }) => path.endsWith(".own")).length);
        return await sandbox.check(job);
      },
    };
    const run = async () =>
      await runStage(check, given, { checkers: { own: alone } }, { services: { sandbox: counted }, memo });
    const first = await run();
    const before = asked.length;
    expect(await run()).toEqual(first);
    expect(asked.slice(before).filter((files) => files > 0)).toEqual([1]);
  });
});

describe("what nothing here can judge", () => {
  const row = snippet("cobol", "DISPLAY 'HELLO'.");
  const services = { sandbox };

  it("is kept without evidence, and said", async () => {
    const { kept, notices } = await runStage(check, [row], {}, { services });
    expect(kept).toMatchObject([{ response: row.response, evidence: { type: "none" } }]);
    expect(notices).toEqual([expect.stringMatching(/nothing here can judge cobol.*checkers/u)]);
  });

  it("is left out where it is to be", async () => {
    const { dropped } = await runStage(check, [row], { missing: "reject" }, { services });
    expect(dropped).toMatchObject([{ code: "not-checked", reason: "nothing here can judge cobol" }]);
  });

  it("stops the run where it is to", async () => {
    await expect(runStage(check, [row], { missing: "stop" }, { services })).rejects.toMatchObject({
      message: expect.stringContaining(
        "a snippet is not checked (cobol, shop/prices.py): nothing here can judge cobol",
      ),
    });
  });

  it("is parsed where there is a grammar, and the row says so", async () => {
    const absent = { checkers: { python: { command: "/nonexistent/python3 {file}" } } };
    const given = [snippet("python", "x = 1\n"), snippet("python", "x =\n")];
    const { kept, dropped } = await runStage(check, given, absent, { services });
    expect(kept).toMatchObject([{ evidence: { type: "check", tool: "tree-sitter-python", level: "parse" } }]);
    expect(dropped).toMatchObject([{ reason: "tree-sitter-python: does not parse (line 1)" }]);
  });
});

it("says what an AutoHotkey script asks for, and lets rows of other tasks pass", async () => {
  const script = snippet("autohotkey", "; x\n#Requires AutoHotkey v2.1-alpha.16 ; new\nx := 1\n");
  const other = { ...snippet("python", "not code"), task: "reference" };
  const absent = { checkers: { autohotkey: { command: "/nonexistent/AutoHotkey {file}" } } };
  const { kept } = await runStage(check, [script, other], absent, { services: { sandbox } });
  expect(kept).toMatchObject([
    { labels: { requires: "AutoHotkey v2.1-alpha.16" } },
    { response: "not code", evidence: { type: "none" } },
  ]);
});
