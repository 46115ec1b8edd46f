import { describe, expect, it } from "vitest";
import { outlineOf, textOf } from "../../../../stages/snippets/lib/outline.js";
import { outlineRules } from "../../../../stages/snippets/lib/outlines.js";

const told = (text: string, language: string, own: Readonly<Record<string, string>> = {}) => {
  const { lines, header, comment, units, definitions } = outlineOf(text, outlineRules(language, own));
  return {
    header: textOf(lines, header),
    comment: comment === null ? null : textOf(lines, comment),
    units: units.map((unit) => textOf(lines, unit)),
    definitions,
  };
};

describe("a text is told into its head and its units", () => {
  it.each([
    [
      "python",
      '"""Doc."""\nimport os\nfrom a import (\n    b,\n)\n\n# of f\n@cached\ndef f():\n    x = 1\n\n' +
        "    return x\n\n\nclass A:\n    pass\n\n\nprint(f())\n",
      {
        header: "import os\nfrom a import (\n    b,\n)",
        comment: '"""Doc."""',
        units: ["# of f\n@cached\ndef f():\n    x = 1\n\n    return x", "class A:\n    pass", "print(f())"],
        definitions: ["f", "A"],
      },
    ],
    [
      "javascript",
      "// Adds.\nimport a from 'a';\n\nexport function add(x) {\n  return x;\n}\n\n/** of B */\n" +
        "class B {}\n\nadd(1);\n",
      {
        header: "import a from 'a';",
        comment: "// Adds.",
        units: ["export function add(x) {\n  return x;\n}", "/** of B */\nclass B {}", "add(1);"],
        definitions: ["add", "B"],
      },
    ],
    [
      "go",
      'package main\n\nimport "fmt"\n\nfunc (s *S) Run(n int) {\n\tfmt.Println(n)\n}\n\ntype S struct {\n\tn int\n}\n',
      {
        header: 'package main\n\nimport "fmt"',
        comment: null,
        units: ["func (s *S) Run(n int) {\n\tfmt.Println(n)\n}", "type S struct {\n\tn int\n}"],
        definitions: ["Run", "S"],
      },
    ],
    [
      "shell",
      "#!/usr/bin/env bash\nset -eu\n\n# Says it.\nsay() {\n  echo hi\n}\n\nsay\n",
      {
        header: "#!/usr/bin/env bash\nset -eu",
        comment: "# Says it.",
        units: ["# Says it.\nsay() {\n  echo hi\n}", "say"],
        definitions: ["say"],
      },
    ],
    [
      "c",
      "#include <a.h>\n\nstatic int add(int a, int b)\n{\n    return a + b;\n}\n\nint main(void) {\n" +
        "    return add(1, 2);\n}\n",
      {
        header: "#include <a.h>",
        comment: null,
        units: ["static int add(int a, int b)\n{\n    return a + b;\n}", "int main(void) {\n    return add(1, 2);\n}"],
        definitions: ["add", "main"],
      },
    ],
    [
      "rust",
      "use std::fmt;\n\npub(crate) async fn run() {\n    go();\n}\n\nimpl A {\n    fn b() {}\n}\n",
      {
        header: "use std::fmt;",
        comment: null,
        units: ["pub(crate) async fn run() {\n    go();\n}", "impl A {\n    fn b() {}\n}"],
        definitions: ["run"],
      },
    ],
    [
      "autohotkey",
      "#Requires AutoHotkey v2.0\n; What it does.\n\nclass A {\n    f() => 1\n}\nAdd(a, b) => a + b\n" +
        '\n^j:: {\n    Send "x"\n}\nif (1)\n    Add(1, 2)\n',
      {
        header: "#Requires AutoHotkey v2.0",
        comment: "; What it does.",
        units: [
          "; What it does.\n\nclass A {\n    f() => 1\n}",
          "Add(a, b) => a + b",
          '^j:: {\n    Send "x"\n}\nif (1)\n    Add(1, 2)',
        ],
        definitions: ["A", "Add"],
      },
    ],
    [
      "autohotkey",
      "MsgBox(1)\nAdd(a)\n{\n    return a\n}\n",
      { header: "", comment: null, units: ["MsgBox(1)", "Add(a)\n{\n    return a\n}"], definitions: ["Add"] },
    ],
    ["unknown", "one\n  more\n\ntwo\n", { header: "", comment: null, units: ["one\n  more", "two"], definitions: [] }],
  ])("%s", (language, text, expected) => {
    expect(told(text, language)).toEqual(expected);
  });

  it("by what the pipeline file says of a language that is not known", () => {
    expect(told("sub a {\n}\nsub b {\n}\n", "perl", { perl: "^sub (?<name>\\w+)" })).toMatchObject({
      units: ["sub a {\n}", "sub b {\n}"],
      definitions: ["a", "b"],
    });
  });

  it("and no line is lost", () => {
    const text = "import a\n\nx = 1\n# at the end\n\ny = 2\n\n# nothing behind it\n";
    const { lines, header, units } = outlineOf(text, outlineRules("python"));
    const inParts = [header, ...units].flatMap(({ from, to }) => lines.slice(from, to));
    expect(inParts).toEqual(lines);
  });
});
