import { Conversation, Example, SourceFile } from "../../pipeline/contract/records.js";
import { Target } from "../../stages/python/lib/records.js";
import type { Source } from "../../pipeline/contract/kind.js";

const source: Source = {
  ref: "pypi:shop@1.0.0",
  name: "shop",
  version: "1.0.0",
  licence: "MIT",
  path: "shop/prices.py",
  lines: [1, 3],
};

/** A small, valid example; what matters to a test is given, the rest is filler. */
export function example(response: string, changes: Partial<Omit<Example, "kind" | "id" | "from">> = {}): Example {
  const { source: place = source, ...fields } = changes;
  return Example.make(
    {
      task: "pytest",
      language: "python",
      prompt: "Write a test.",
      response,
      split: null,
      labels: { teacher: "doctest" },
      evidence: { type: "none" },
      ...fields,
    },
    { source: place, from: [] },
  );
}

export function target(changes: Partial<Omit<Target, "kind" | "id" | "from">> = {}): Target {
  const { source: place = source, ...fields } = changes;
  const code = fields.code ?? "def add(a, b):\n    return a + b\n";
  return Target.make(
    {
      targetKind: "function",
      language: "python",
      name: "add",
      qualifiedName: "add",
      module: "shop.prices",
      signature: "def add(a, b)",
      parameters: ["a", "b"].map((name) => ({
        name,
        kind: "positional-or-keyword" as const,
        annotation: null,
        default: null,
      })),
      returns: null,
      docstring: null,
      decorators: [],
      isAsync: false,
      code,
      promptCode: code,
      imports: [],
      helpers: [],
      complexity: 1,
      ...fields,
    },
    { source: place, from: [] },
  );
}

export function sourceFile(
  path: string,
  text: string,
  changes: Partial<Omit<SourceFile, "kind" | "id" | "from">> = {},
): SourceFile {
  const { source: place = { ...source, path }, ...fields } = changes;
  const module = path.replace(/(\/__init__)?\.py$/u, "").replaceAll("/", ".");
  return SourceFile.make(
    { language: "python", role: "code", module, encoding: "utf-8", text, ...fields },
    { source: place, from: [] },
  );
}

export function conversation(
  response: string,
  changes: Partial<Omit<Conversation, "kind" | "id" | "from">> = {},
): Conversation {
  const { source: place = source, ...fields } = changes;
  return Conversation.make(
    {
      task: "pytest",
      language: "python",
      split: "train",
      messages: [
        { role: "user", content: "Write a test." },
        { role: "assistant", content: response },
      ],
      columns: {},
      tokens: null,
      labels: { teacher: "doctest" },
      evidence: { type: "none" },
      ...fields,
    },
    { source: place, from: [] },
  );
}
