import { expect, it } from "vitest";
import { createScriptedModel } from "../../../pipeline/models/scripted.js";
import type { Example } from "../../../pipeline/contract/records.js";
import fit from "../../../stages/snippets/fit.js";
import { example as makeExample } from "../../support/records.js";
import { stageTest } from "../../support/stage-test.js";

/** A tokenizer that counts words. */
const tokenizer = createScriptedModel("words", { path: "unread.yaml", sha256: "" }).model;
const services = { model: () => tokenizer };
const options = (maxTokens: number) => ({ tokenizer: "words", maxTokens, spare: 0 });

const definition = (name: string, words: number) =>
  `def ${name}():\n    return [${Array.from({ length: words }, (_, n) => n).join(", ")}]\n`;
const head = "import os\nimport sys\n";
const text = `"""What it does."""\n${head}\n\n${["a", "b", "c"].map((name) => definition(name, 20)).join("\n\n")}`;
const snippet = (response: string, changes: Parameters<typeof makeExample>[1] = {}) =>
  makeExample(response, { task: "snippet", labels: { title: "a" }, ...changes });

stageTest(
  fit,
  ({ run }) => {
    const fitted = async (example: Example, most: number) => await run([example], options(most), { services });
    const texts = (kept: readonly unknown[]) => (kept as Example[]).map(({ response }) => response);

    it("leaves what fits as it is", async () => {
      const whole = snippet(text);
      expect((await fitted(whole, 500)).kept).toEqual([whole]);
    });

    it("divides what does not at its definitions, each part with the head, and says which lines it has", async () => {
      const { kept } = await fitted(snippet(text), 40);
      expect(texts(kept)).toEqual([
        `${head}\n${definition("a", 20)}`,
        `${head}\n${definition("b", 20)}`,
        `${head}\n${definition("c", 20)}`,
      ]);
      expect((kept as Example[]).map(({ labels, source }) => [labels["part"], labels["parts"], source?.lines])).toEqual(
        [
          [1, 3, [6, 7]],
          [2, 3, [10, 11]],
          [3, 3, [14, 15]],
        ],
      );
    });

    it("puts as many definitions into a part as there is room for", async () => {
      const { kept } = await fitted(snippet(text), 60);
      expect(texts(kept)).toEqual([
        `${head}\n${definition("a", 20)}\n${definition("b", 20)}`,
        `${head}\n${definition("c", 20)}`,
      ]);
    });

    it("divides a definition that is too long alone at what stands in it, in its own frame", async () => {
      const method = (name: string) => `    ${name}() {\n        return [${"1, ".repeat(15)}1]\n    }\n`;
      const code = `#Requires AutoHotkey v2.0\n\nclass A {\n${method("f")}\n${method("g")}}\n`;
      const { kept } = await fitted(snippet(code, { language: "autohotkey" }), 32);
      expect(texts(kept)).toEqual([
        `#Requires AutoHotkey v2.0\n\nclass A {\n${method("f")}}\n`,
        `#Requires AutoHotkey v2.0\n\nclass A {\n${method("g")}}\n`,
      ]);
    });

    it("leaves out a part that is too long and cannot be divided, with its lines, and keeps the others", async () => {
      const code = `${definition("short", 3)}\n\n${definition("long", 90)}`;
      const { kept, rejected } = await fitted(snippet(code), 30);
      expect(texts(kept)).toEqual([definition("short", 3)]);
      expect(rejected.map(({ reason }) => reason)).toEqual(["lines 5 to 6: 93 tokens, at most 30 are wanted"]);
      expect((await fitted(snippet(definition("long", 90)), 30)).dropped).toMatchObject([
        { reason: expect.stringContaining("too long: 93 tokens, at most 30 are wanted") },
      ]);
    });

    it("keeps room for the question", async () => {
      const whole = snippet(definition("a", 20));
      const { kept } = await run([whole], { tokenizer: "words", maxTokens: 40, spare: 10 }, { services });
      expect(kept).toEqual([whole]);
      expect((await run([whole], { tokenizer: "words", maxTokens: 40, spare: 20 }, { services })).kept).toEqual([]);
    });

    it("goes by what the pipeline file says of a language that is not known", async () => {
      const code = "sub a {\n  one two three four five six seven\n}\nsub b {\n  one two three four five six seven\n}\n";
      const perl = snippet(code, { language: "perl" });
      const definitions = { perl: "^sub (?<name>\\w+)" };
      const { kept } = await run([perl], { ...options(16), definitions }, { services });
      expect(texts(kept)).toEqual([
        "sub a {\n  one two three four five six seven\n}\n",
        "sub b {\n  one two three four five six seven\n}\n",
      ]);
      expect(fit.options.safeParse({ ...options(99), definitions: { perl: "(" } }).error?.issues[0]?.path).toEqual([
        "definitions",
        "perl",
      ]);
    });
  },
  {
    inputs: [snippet(text), snippet(definition("long", 90)), snippet(definition("short", 3))],
    options: options(40),
    surroundings: { services },
  },
);
