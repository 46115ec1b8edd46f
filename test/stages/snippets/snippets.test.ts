import { describe, expect, it } from "vitest";
import type { Example } from "../../../pipeline/contract/records.js";
import snippets from "../../../stages/snippets/snippets.js";
import { filesInMine } from "../../support/own-files.js";
import { runStage } from "../../support/run-stage.js";
import { stageTest } from "../../support/stage-test.js";

/** A folder "mine" with these files; answers what runs the stage on it. */
async function folder(files: Readonly<Record<string, string | Buffer>>) {
  const { services } = await filesInMine(files);
  return {
    services,
    run: async (options: object = {}, more: object = {}) =>
      await runStage(snippets, [], { root: "mine", ...options }, { services, ...more }),
  };
}

const rows = (records: readonly unknown[]) => records as Example[];
const paths = (records: readonly unknown[]) => rows(records).map(({ source }) => source?.path);
const refusals = (refused: readonly { path?: unknown; reason: unknown }[]) =>
  refused.map(({ path, reason }) => [path, reason]);

stageTest(
  snippets,
  () => {
    it("makes an example of every file: what it is, and its text without the white space around it", async () => {
      const { run } = await folder({ "strings/split_text-twice.py": "\n\ndef f():\n    return 1\n\n" });
      const { kept } = await run();
      expect(kept).toMatchObject([
        {
          kind: "Example",
          task: "snippet",
          language: "python",
          prompt: "Write in python: split text twice.",
          response: "def f():\n    return 1\n",
          split: null,
          labels: {
            title: "split text twice",
            category: "strings",
            path: "strings/split_text-twice.py",
            filename: "split_text-twice.py",
            lines: 2,
          },
          evidence: { type: "none" },
          source: {
            ref: "folder:mine",
            name: "mine",
            licence: "LicenseRef-own",
            path: "strings/split_text-twice.py",
            lines: [3, 4],
          },
        },
      ]);
    });

    it("takes the files of programming languages, and says of no other file that it was left out", async () => {
      const { run } = await folder({ "a.go": "x", "b.rs": "x", "c.sh": "x", "README.md": "x", "d.json": "{}" });
      const { kept } = await run();
      expect(rows(kept).map(({ language }) => language)).toEqual(["go", "rust", "shell"]);
    });

    it("takes what the globs say, in any case where that is wanted", async () => {
      const { run } = await folder({ "a.PY": "x", "b.py": "x", "old/c.py": "x", "notes.md": "x" });
      expect(paths((await run({ include: ["**/*.py"] })).kept)).toEqual(["b.py", "old/c.py"]);
      const { kept } = await run({ include: ["**/*.py", "*.md"], exclude: ["old/**"], ignoreCase: true });
      expect(paths(kept)).toEqual(["a.PY", "b.py", "notes.md"]);
    });

    it("knows the languages that the file names, before its own", async () => {
      const { run } = await folder({ "a.ahk": "x", "b.AH2": "x", "c.zig": "x" });
      const { kept, refused } = await run({ include: ["**/*"], languages: { ahk: [".ahk", ".ah2"] } });
      expect(rows(kept).map(({ language }) => language)).toEqual(["ahk", "ahk"]);
      expect(refusals(refused)).toEqual([["c.zig", "language: none is known by this suffix"]]);
    });

    it("refuses files with their reason: nothing in them, size, encoding", async () => {
      const { run } = await folder({
        "bad.py": Buffer.from([0x27, 0xe9, 0x27]),
        "big.py": "x".repeat(200),
        "empty.py": " \n\u001C\u0085\n",
        "good.py": "x",
      });
      const { kept, refused } = await run({ maxFileSize: 100 });
      expect(paths(kept)).toEqual(["good.py"]);
      expect(refusals(refused)).toEqual([
        ["bad.py", "encoding: not valid utf-8, and nothing in the file names another encoding"],
        ["big.py", "size: 200 bytes, more than maxFileSize 100"],
        ["empty.py", "content: nothing but white space"],
      ]);
    });

    it("reads what is not valid with replacement characters where that is wanted", async () => {
      const { run } = await folder({ "bad.py": Buffer.from([0x61, 0xe9, 0x62, 0xf0, 0x9f, 0x98, 0x63]) });
      expect(rows((await run({ undecodable: "replace" })).kept)[0]?.response).toBe("a\uFFFDb\uFFFDc\n");
    });

    it("reads byte order marks, line ends and other encodings as `ingest` does", async () => {
      const { run } = await folder({
        "crlf.py": "a\r\nb\rc",
        "mark.py": "\uFEFFé",
        "wide.py": Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from("é", "utf16le")]),
      });
      expect(rows((await run()).kept).map(({ response }) => response)).toEqual(["a\nb\nc\n", "é\n", "é\n"]);
    });

    it("keeps the order of the paths, or of their parts", async () => {
      const { run } = await folder({ "a/b.py": "1", "a.py": "2", "a-b.py": "3", "é.py": "4", "\u{1F600}.py": "5" });
      expect(paths((await run()).kept)).toEqual(["a-b.py", "a.py", "a/b.py", "é.py", "\u{1F600}.py"]);
      expect(paths((await run({ order: "parts" })).kept)).toEqual(["a/b.py", "a-b.py", "a.py", "é.py", "\u{1F600}.py"]);
    });

    it("goes on from the root with the folder", async () => {
      const { run } = await folder({ "src/a.py": "x", "b.py": "x" });
      const { kept } = await run({ folder: "src" });
      expect(rows(kept)[0]?.source).toMatchObject({ ref: "folder:mine/src", path: "a.py" });
      expect(kept).toHaveLength(1);
    });

    it("leaves out what a file's own header does not allow", async () => {
      const { run } = await folder({ "a.py": "# SPDX-License-Identifier: GPL-3.0-only\nx", "b.py": "x" });
      expect(refusals((await run()).refused)).toEqual([
        ["a.py", "licence: GPL-3.0-only is not among licences (its own header)"],
      ]);
      expect((await run({ licences: ["GPL-3.0-only"] })).kept).toHaveLength(2);
    });

    it("fails where it reads nothing", async () => {
      const { run } = await folder({ "notes.md": "x" });
      await expect(run({ include: ["*.go"] })).rejects.toMatchObject({
        code: "source",
        message: "no file of mine matches `include` (*.go)",
      });
    });

    describe("prompt", () => {
      it("shows what its placeholders name; a line with a question mark only where there is something", async () => {
        const { run } = await folder({ "a.py": "x", "in/b.py": "x" });
        const template = "{{language}} {{filename}} {{path}}\nCategory: {{category?}}\n{{category}}|{{title}}";
        const { kept } = await run({ prompt: { template }, title: "file-name" });
        expect(rows(kept).map(({ prompt }) => prompt)).toEqual([
          "python a.py a.py\n|a",
          "python b.py in/b.py\nCategory: in\nin|b",
        ]);
      });

      it("may be a prompt file", async () => {
        const { run } = await folder({ "a.py": "x" });
        const prompts = { "p.yaml": { name: "p", instruction: "Show {{title}}.\n" } };
        expect(rows((await run({ prompt: "p.yaml" }, { prompts })).kept)[0]?.prompt).toBe("Show a.");
      });

      it("refuses placeholders that there are not, with the one that was likely meant", () => {
        const { error } = snippets.options.safeParse({ root: ".", prompt: { template: "{{titel}}" } });
        expect(error?.message).toContain("unknown placeholder {{titel}}; did you mean {{title}}?");
      });
    });
  },
  async () => {
    const { services } = await folder({ "a.py": "1", "b/c.go": "2", "empty.sh": " " });
    return { inputs: [], options: { root: "mine" }, surroundings: { services } };
  },
);
