import { expect, it } from "vitest";
import type { Example } from "../../../pipeline/contract/records.js";
import describe from "../../../stages/snippets/describe.js";
import { example as makeExample } from "../../support/records.js";
import { stageTest } from "../../support/stage-test.js";

const snippet = (response: string, language = "python", labels: Example["labels"] = { title: "my file" }) =>
  makeExample(response, { task: "snippet", language, labels });

const commented = `#Requires AutoHotkey v2.0
/**
 * queue.ahk
 *
 * DESCRIPTION:
 * A queue that is first in, first out.
 * Shows how tasks wait
 *
 * SOURCE:
 * https://example.org/queue
 */
class Queue {
    Push(x) => this.items.Push(x)
}
MsgBox(Queue())
`;

stageTest(
  describe,
  ({ run }) => {
    const asked = async (example: Example, options: object = {}) =>
      (await run([example], options)).kept[0] as Example | undefined;

    it("asks by the first comment, without its boilerplate, and takes it out of the answer", async () => {
      const row = await asked(snippet(commented, "autohotkey"));
      expect(row?.prompt).toBe(
        "Write in AutoHotkey: A queue that is first in, first out. Shows how tasks wait.\nIt defines: Queue",
      );
      expect(row?.response).toBe(
        "#Requires AutoHotkey v2.0\nclass Queue {\n    Push(x) => this.items.Push(x)\n}\nMsgBox(Queue())\n",
      );
      expect(row?.labels).toMatchObject({ described: "comment", title: "my file" });
      expect((await asked(snippet(commented, "autohotkey"), { keepComment: true }))?.response).toBe(commented);
    });

    it.each([
      ["headings", '; ======\n; EXAMPLE 1: Sending keys\n; ======\nSend "a"\n', "Write in AutoHotkey: Sending keys."],
      ["definitions", "Add(a, b) {\n    return a + b\n}\n", "Write in AutoHotkey: code that defines Add."],
      ["calls", 'MsgBox("a")\nMsgBox("b")\nSleep(1)\n', "Write in AutoHotkey: an example of MsgBox, Sleep."],
      ["name", "x := 1\n", "Write in AutoHotkey: my file."],
    ])("asks by %s where there is nothing better, and says so", async (by, text, question) => {
      const row = await asked(snippet(text, "autohotkey"), { by: ["headings", "definitions", "calls", "name"] });
      expect([row?.prompt, row?.labels["described"]]).toEqual([question, by]);
    });

    it("takes a module's docstring for its comment, and a licence's header for none", async () => {
      const text =
        '# Copyright 2025 Somebody\n# SPDX-License-Identifier: MIT\n\n"""Counts words."""\nimport re\n\nx = 1\n';
      expect((await asked(snippet(text)))?.prompt).not.toContain("Copyright");
      expect((await asked(snippet('"""Counts words.\n\nIn any text."""\nimport re\n')))?.prompt).toBe(
        "Write in Python: Counts words.",
      );
    });

    it("is worded by the template, with the lines that have something to show", async () => {
      const prompt = { template: "{{title}} ({{language}} {{requires?}})\nUses: {{calls?}}\nSays: {{what}}" };
      const row = await asked(snippet("Send(1)\n", "autohotkey", { title: "t", requires: "v2.0" }), { prompt });
      expect(row?.prompt).toBe("t (AutoHotkey v2.0)\nSays: an example of Send.");
      expect(describe.options.safeParse({ prompt: { template: "{{waht}}" } }).error?.issues[0]?.message).toContain(
        "did you mean {{what}}?",
      );
    });

    it("drops a row whose question gives a line of the answer away, and one that it cannot ask for", async () => {
      const code = "result = compute_the_answer(41)";
      const { dropped } = await run([snippet(`# ${code}\n${code}\n`), snippet("x = 1\n", "python", {})]);
      expect(dropped.map(({ reason }) => reason)).toEqual([
        `a line of the answer stands in the question: ${code}`,
        "nothing to ask it by: it has none of comment, headings, definitions, calls, name",
      ]);
    });
  },
  { inputs: [snippet(commented, "autohotkey"), snippet("x = 1\n"), snippet("y = 1\n", "python", {})] },
);
