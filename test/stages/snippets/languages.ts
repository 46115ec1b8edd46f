import type { Example } from "../../../pipeline/contract/records.js";
import { example } from "../../support/records.js";

/** A snippet of a language. */
export function snippet(language: string, response: string): Example {
  return example(response, { task: "snippet", language, labels: {}, evidence: { type: "none" } });
}

interface LanguageCase {
  readonly language: string;
  readonly tool: string;
  readonly level: string;
  readonly good: readonly string[];
  readonly bad: readonly { readonly text: string; readonly says: string }[];
}

/** Snippets that the tool of each language accepts, and others that it does not. */
export const languages: readonly LanguageCase[] = [
  {
    language: "python",
    tool: "python3",
    level: "syntax",
    good: ["def half(n):\n    return n / 2\n", "import nothing_that_is_here\n", "x = 'ä'\r\n"],
    bad: [
      { text: "def half(n:\n    return n\n", says: "(line 1)" },
      { text: "return 1\n", says: "'return' outside function (line 1)" },
    ],
  },
  {
    language: "javascript",
    tool: "node",
    level: "syntax",
    good: [
      'const fs = require("fs");\nreturn fs;\n',
      'import fs from "fs";\nawait fs.x();\n',
      "#!/usr/bin/env node\n1;\n",
    ],
    bad: [
      { text: "let = = 1;\n", says: "Unexpected token '='" },
      { text: "export const a = ;\n", says: "Unexpected token ';'" },
    ],
  },
  {
    language: "typescript",
    tool: "tsc",
    level: "types",
    good: ["const one: number = 1;\n", "const one: string = 'another of the same name';\nexport default one;\n"],
    bad: [
      { text: "const one: number = 'x';\n", says: "error TS2322" },
      { text: "const = 1;\n", says: "error TS1134" },
    ],
  },
  {
    language: "go",
    tool: "gofmt",
    level: "syntax",
    good: ["package a\n\nfunc A() int { return 1 }\n", "package a\n\nfunc A() int { return 2 }\n"],
    bad: [
      { text: "package a\n\nfunc A( int { return 1 }\n", says: "3:" },
      { text: "func A() {}\n", says: "expected 'package'" },
    ],
  },
  {
    language: "rust",
    tool: "rustc",
    level: "types",
    good: ["pub fn half(n: u32) -> u32 { n / 2 }\n", 'fn main() { println!("hello"); }\n'],
    bad: [
      { text: "fn main() { let x: u32 = ; }\n", says: "expected expression" },
      { text: 'fn main() { let _x: u32 = "a"; }\n', says: "mismatched types" },
    ],
  },
  {
    language: "java",
    tool: "javac",
    level: "types",
    good: ["public class Shop { int one = 1; }\n", "public class Shop { String two() { return null; } }\n"],
    bad: [
      { text: "public class Shop { int one = ; }\n", says: "line 1: illegal start of expression" },
      { text: 'public class Shop { int one = "x"; }\n', says: "cannot be converted to int" },
    ],
  },
  {
    language: "c",
    tool: "gcc",
    level: "types",
    good: ['#include <stdio.h>\nint main(void) { return puts("x"); }\n'],
    bad: [
      { text: "int main(void) { return }\n", says: "1:25: error: expected expression" },
      { text: "int main(void) { return x; }\n", says: "'x' undeclared" },
    ],
  },
  {
    language: "cpp",
    tool: "g++",
    level: "types",
    good: ['#include <string>\nint main() { return std::string("x").size(); }\n'],
    bad: [{ text: "int main() { return nothing; }\n", says: "'nothing' was not declared" }],
  },
  {
    language: "shell",
    tool: "bash",
    level: "syntax",
    good: ['echo hello | while read -r x; do echo "$x"; done\n'],
    bad: [
      { text: "if true; then\n", says: "unexpected end of file" },
      { text: "echo )\n", says: "unexpected token `)'" },
    ],
  },
  {
    language: "autohotkey",
    tool: "AutoHotkey",
    level: "load",
    good: ['#Requires AutoHotkey v2.0\nMsgBox("hello")\n', "x := 1\n"],
    bad: [
      { text: 'MsgBox("hello"\n', says: 'Missing ")"' },
      { text: "#Requires AutoHotkey v2.1-alpha.16\nx := 1\n", says: "2.1-alpha.16" },
    ],
  },
];
