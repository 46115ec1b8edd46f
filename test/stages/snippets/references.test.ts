import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Example } from "../../../pipeline/contract/records.js";
import references from "../../../stages/snippets/references.js";
import { filesInMine } from "../../support/own-files.js";
import { runStage } from "../../support/run-stage.js";
import { stageTest } from "../../support/stage-test.js";

const columns = { name: "Name", kind: { column: "Type", default: "Unknown" }, text: "Description", returns: "Returns" };
const options = {
  root: "mine",
  files: ["data/entries.csv"],
  columns,
  required: ["name", "text"],
  labels: ["kind", "name"],
  language: "autohotkey",
  prompt: { template: "Entry: {{name}}\nKind: {{kind}}\nReturns: {{returns?}}\nSay what it is." },
  response: { template: "{{text}}\nReturns: {{returns?}}\n" },
};

async function project(files: Readonly<Record<string, string | Buffer>>) {
  const { services, baseDir } = await filesInMine(files);
  return {
    services,
    origin: join(baseDir, "mine"),
    run: async (more: object = {}) => await runStage(references, [], { ...options, ...more }, { services }),
  };
}

const rows = (records: readonly unknown[]) => records as Example[];
const said = (records: readonly unknown[]) => rows(records).map(({ response }) => response);

stageTest(
  references,
  () => {
    const table = [
      "Name,Type,Description,Returns",
      'Send,Method,"Sends keys, and ""clicks"".",',
      "",
      " Trim ,,Takes\u00A0white space off.\u00A0,String",
      "Enter,Key,,",
      ",Key,Nothing,",
    ].join("\r\n");

    it("asks and answers by the templates, with the lines whose columns are filled", async () => {
      const { run } = await project({ "data/entries.csv": `\uFEFF${table}` });
      const { kept } = await run();
      expect(rows(kept).map(({ prompt, response }) => [prompt, response])).toEqual([
        ["Entry: Send\nKind: Method\nSay what it is.", 'Sends keys, and "clicks".\n'],
        [
          "Entry: Trim\nKind: Unknown\nReturns: String\nSay what it is.",
          "Takes\u00A0white space off.\nReturns: String\n",
        ],
      ]);
      expect(kept[1]).toMatchObject({
        task: "reference",
        language: "autohotkey",
        labels: { table: "data/entries.csv", kind: "Unknown", name: "Trim" },
        evidence: { type: "none" },
        source: { ref: "file:mine/data/entries.csv", licence: "LicenseRef-own", path: "entries.csv", row: 2 },
      });
    });

    it("refuses every row without a required column, with its number", async () => {
      const { run } = await project({ "data/entries.csv": table });
      const { refused } = await run();
      expect(refused.map(({ path, reason }) => [path, reason])).toEqual([
        ["entries.csv", "row 3: its column Description is empty"],
        ["entries.csv", "row 4: its column Name is empty"],
      ]);
    });

    it("reads tabs and JSON Lines by the suffix, or as it is told", async () => {
      const lines = '{"Name":"a","Description":1.5}\n\n{"Name":"b","Description":["x"],"Type":null}\n';
      const tabs = "Name\tType\tDescription\tReturns\na\t\tfrom tabs\t\n";
      const { run } = await project({ "e.jsonl": lines, "e.tsv": tabs, "e.txt": tabs });
      expect(said((await run({ files: ["e.jsonl", "e.tsv"] })).kept)).toEqual(["1.5\n", '["x"]\n', "from tabs\n"]);
      expect(said((await run({ files: ["e.txt"], format: "tsv" })).kept)).toEqual(["from tabs\n"]);
      await expect(run({ files: ["e.txt"] })).rejects.toMatchObject({ code: "config" });
    });

    describe("fails at the line of the user's file", () => {
      const mistake = async (file: string, text: string | Buffer) => {
        const { run, origin } = await project({ [file]: text });
        const error = await run({ files: [file] }).then(
          () => null,
          (thrown: unknown) => thrown,
        );
        return { error, place: (line: number) => [{ file: join(origin, file), line }] };
      };

      it("that has too few cells", async () => {
        const { error, place } = await mistake("e.csv", "Name,Type,Description,Returns\na,b,c,d\nx,y\n");
        expect(error).toMatchObject({
          code: "source",
          message: expect.stringMatching(/^e\.csv: row 2 is no CSV: /u),
          locations: place(3),
        });
      });

      it("in which a quote is not closed", async () => {
        const { error } = await mistake("e.csv", 'Name,Type,Description,Returns\na,b,"c,d\n');
        expect(error).toMatchObject({ message: expect.stringMatching(/^e\.csv: row 1 is no CSV: Quote Not Closed/u) });
      });

      it("that is no JSON object", async () => {
        const { error, place } = await mistake("e.jsonl", '{"Name":"a"}\n\n[1]\n');
        expect(error).toMatchObject({ message: "e.jsonl: row 2 is no JSON object", locations: place(3) });
      });

      it("that lacks a column", async () => {
        const { error, place } = await mistake("e.csv", "Nmae,Type,Description,Returns\n");
        expect(error).toMatchObject({
          message: 'e.csv: it has no column "Name"',
          hint: 'did you mean "Nmae"? Its columns: Nmae, Type, Description, Returns',
          locations: place(1),
        });
      });
    });

    it("fails where a file is not text, and where no row is left", async () => {
      const { run } = await project({
        "bad.csv": Buffer.from([0x61, 0xe9]),
        "none.csv": "Name,Type,Description,Returns",
      });
      await expect(run({ files: ["bad.csv"] })).rejects.toMatchObject({
        message: "cannot read bad.csv: encoding: not valid utf-8, and nothing in the file names another encoding",
      });
      await expect(run({ files: ["none.csv"] })).rejects.toMatchObject({
        message: "none of the 0 rows of none.csv could be used",
      });
    });

    it("refuses names that are none of its columns, each at its place", () => {
      const { error } = references.options.safeParse({
        ...options,
        required: ["name", "txet"],
        labels: ["kid"],
        response: { template: "{{descr}}" },
      });
      expect(error?.issues.map(({ path, message }) => [path, message.split(";")[0]])).toEqual([
        [["required", 1], '"txet" is none of columns'],
        [["labels", 0], '"kid" is none of columns'],
        [["response", "template"], "unknown placeholder {{descr}}"],
      ]);
    });
  },
  async () => {
    const { services } = await project({ "data/entries.csv": "Name,Type,Description,Returns\na,,b,\nc,,d,\ne,,,\n" });
    return { inputs: [], options, surroundings: { services } };
  },
);
