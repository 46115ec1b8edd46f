import type { Example } from "../../../pipeline/contract/records.js";
import { unverified } from "../../../stages/tests/lib/evidence/pytest-evidence.js";
import { example } from "../../support/records.js";

/** Tests of a function in prices.py that were not run yet; the code may be indented. */
export function pytestExample(code: string, { version = "1", name = "add" } = {}): Example {
  const evidence = unverified(
    { id: "0", kind: "function", name, qualifiedName: name, module: "prices" },
    `import pytest\n\nfrom prices import ${name}\n`,
  );
  const source = {
    ref: "folder:shop",
    name: "sample",
    version,
    licence: "LicenseRef-own",
    path: "prices.py",
    lines: [1, 2] as [number, number],
  };
  return example(dedent(code), { evidence, source });
}

/** The text without the indentation of its first line. */
export function dedent(text: string): string {
  const lines = text.replace(/^\n/u, "").trimEnd().split("\n");
  const indent = /^ */u.exec(lines[0] ?? "")?.[0].length ?? 0;
  return lines.map((line) => (line.slice(0, indent).trim() === "" ? line.slice(indent) : line)).join("\n");
}
