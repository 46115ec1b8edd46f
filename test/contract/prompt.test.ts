import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { packageRoot } from "../../pipeline/system/paths.js";
import { joined } from "../../pipeline/contract/chat-formats.js";
import {
  beginningsOf,
  renderChatQuestion,
  renderCompletion,
  renderInstruction,
} from "../../pipeline/contract/prompt.js";
import { loadPrompt } from "../../pipeline/contract/prompt-file.js";
import { renderRowInstruction, renderShardQuestion } from "../../stages/python/lib/shard-prompt.js";
import { temporaryFolder } from "../support/pipelines.js";
import { target } from "../support/records.js";
import { TestPrompt, shownTarget } from "../../stages/python/lib/test-prompt.js";

async function promptFile(text: string): Promise<string> {
  const path = join(await temporaryFolder(), "prompt.yaml");
  await writeFile(path, text);
  return path;
}

const completion = `completion:
  template: "{{code}}\\n\\n"
  begin: "def test_{{name}}():\\n    assert {{callee}}("
  examples:
    - { module: m, name: one, code: "def one(): return 1", answer: "def test_one():\\n    assert one() == 1" }
`;

it("reads the prompt that ships, and asks for the target with it", async () => {
  const prompt = await loadPrompt(join(packageRoot, "config/prompts/pytest.yaml"), TestPrompt);
  const instruction = renderInstruction(prompt, shownTarget(target()));
  expect(instruction).toContain("`add` of the module `shop.prices`");
  expect(instruction).toContain("def add(a, b):\n    return a + b\n```");
  expect(instruction).not.toContain("{{");
});

it("asks for answers that are held to a grammar or to a schema", async () => {
  const file = `name: p
instruction: Name it
chat: { schema: { type: object, properties: { name: { type: string } }, required: [name] } }
completion:
  template: "{{code}}"
  begin: "A {{name}}"
  grammar: 'root ::= " {{callee}}"'
  examples: [{ module: m, name: one, code: "def one(): return 1", answer: "A one" }]
`;
  const { completion: withGrammar, ...prompt } = await loadPrompt(await promptFile(file), TestPrompt);
  const shown = shownTarget(target());
  expect(renderChatQuestion(prompt, shown)).toMatchObject({
    schema: { type: "object", properties: { name: { type: "string" } }, required: ["name"] },
  });
  expect(renderCompletion(withGrammar!, shown, TestPrompt.shownIn)).toMatchObject({ grammar: 'root ::= " add"' });
});

it.each([
  ["schema: { uniqueItems: true }", 'an answer cannot be held to "uniqueItems"', 17],
  ["grammar: x, schema: true", "chat has both a grammar and a schema", 29],
])("says where a file asks for what no answer is held to: %s", async (chat, message, column) => {
  const path = await promptFile(`name: p\ninstruction: Name it\nchat: { ${chat} }\n`);
  await expect(loadPrompt(path)).rejects.toMatchObject({
    code: "config",
    message: expect.stringContaining(message),
    locations: [{ file: path, line: 3, column }],
  });
});

it("shows what a function takes and gives", async () => {
  const prompt = await loadPrompt(
    await promptFile('name: p\ninstruction: "{{kind}} {{name}} takes\\n{{parameters}}\\nand gives {{returns}}"\n'),
    TestPrompt,
  );
  const parameter = (
    name: string,
    kind: "positional-or-keyword" | "var-positional" | "var-keyword",
    annotation: string | null = null,
    value: string | null = null,
  ) => ({ name, kind, annotation, default: value });
  const fetch = target({
    name: "fetch",
    targetKind: "method",
    isAsync: true,
    returns: "int",
    parameters: [
      parameter("url", "positional-or-keyword", "str"),
      parameter("tries", "positional-or-keyword", "int", "3"),
      parameter("rest", "var-positional"),
      parameter("more", "var-keyword", "str"),
    ],
  });
  expect(renderInstruction(prompt, shownTarget(fetch))).toBe(
    "async method fetch takes\nurl: str\ntries: int = 3\n*rest\n**more: str\nand gives int",
  );
  expect(renderInstruction(prompt, shownTarget(target()))).toBe("function add takes\na\nb\nand gives");
});

it("shows code with braces of its own as it is written", async () => {
  const prompt = await loadPrompt(await promptFile('name: p\ninstruction: "{{code}}"\n'), TestPrompt);
  const code = 'def greet(name):\n    return "{{name}} $& {{ nonsuch }}"';
  expect(renderInstruction(prompt, shownTarget(target({ code, promptCode: code })))).toBe(code);
});

it("begins a completion with the examples, which all targets share", async () => {
  const prompt = await loadPrompt(await promptFile(`name: p\ninstruction: Write tests.\n${completion}`), TestPrompt);
  const question = renderCompletion(
    prompt.completion!,
    shownTarget(target({ qualifiedName: "Cart.add" })),
    TestPrompt.shownIn,
  );
  expect(question.sharedPrefix).toBe("def one(): return 1\n\ndef test_one():\n    assert one() == 1\n\n\n");
  expect(joined(question.prompt.pieces)).toBe(`${question.sharedPrefix}def add(a, b):\n    return a + b\n\n`);
  // Code is text, whatever control tokens it may hold.
  expect(question.prompt.pieces).toContainEqual({ text: "def add(a, b):\n    return a + b", from: "message" });
  expect(question.prefill).toBe("def test_add():\n    assert Cart(");
});

it("begins a test with an assertion, or with the object that its call needs", async () => {
  const prompt = await loadPrompt(
    await promptFile(
      'name: p\ninstruction: Write tests.\nchat: { prefill: "def test_{{name}}():\\n    {{opening}}" }\n',
    ),
    TestPrompt,
  );
  const begins = (fields: Parameters<typeof target>[0]) =>
    renderChatQuestion(prompt, shownTarget(target(fields))).prefill?.split("\n    ")[1];
  expect(begins({ name: "add" })).toBe("assert add");
  const method = { targetKind: "method", name: "pop", qualifiedName: "LRUCache.pop" } as const;
  expect(begins(method)).toBe("lru_cache = LRUCache");
  expect(begins({ ...method, decorators: ["property"] })).toBe("lru_cache = LRUCache");
  expect(begins({ ...method, decorators: ["classmethod"] })).toBe("assert LRUCache.pop");
  expect(begins({ targetKind: "class", name: "odict", qualifiedName: "odict" })).toBe("instance = odict");
  expect(begins({ targetKind: "method", name: "pop", qualifiedName: "Outer.OneToOne.pop" })).toBe(
    "one_to_one = Outer.OneToOne",
  );
});

it("begins the samples of a target in turn", async () => {
  const prompt = await loadPrompt(
    await promptFile(
      'name: p\ninstruction: Write tests.\nchat: { maxTokens: 64, prefill: ["# some", "# more of {{name}}"] }\n',
    ),
    TestPrompt,
  );
  expect(beginningsOf(prompt)).toBe(2);
  expect([0, 1, 2].map((sample) => renderChatQuestion(prompt, shownTarget(target()), sample))).toMatchObject([
    { prefill: "# some", prefillApart: true },
    { prefill: "# more of add", prefillApart: true, maxTokens: 64 },
    { prefill: "# some", prefillApart: true },
  ]);
});

it("tells a teacher more than the rows ask", async () => {
  const prompt = await loadPrompt(
    await promptFile(
      'name: p\nsystem: You test.\ninstruction: "Test {{name}}."\nchat: { user: "{{instruction}} Be brief.", ' +
        'prefill: "<think></think>def test_{{name}}" }\n',
    ),
    TestPrompt,
  );
  expect(renderChatQuestion(prompt, shownTarget(target()))).toEqual({
    prompt: [
      { role: "system", content: "You test." },
      { role: "user", content: "Test add. Be brief." },
    ],
    prefill: "<think></think>def test_add",
  });
  expect(renderInstruction(prompt, shownTarget(target()))).toBe("Test add.");
});

it.each([
  [
    "an unknown placeholder",
    "name: p\ninstruction: |\n  Test this:\n  {{ kode }}\n",
    { line: 4, column: 3, length: 10 },
    /unknown placeholder \{\{ kode \}\} in instruction/u,
  ],
  [
    "an unknown placeholder of what an answer begins with",
    'name: p\ninstruction: Test.\nchat:\n  prefill: "def test_{{nme}}"\n',
    { line: 4, column: 22, length: 7 },
    /unknown placeholder \{\{nme\}\} in chat.prefill/u,
  ],
  [
    "an unknown placeholder of one of several beginnings",
    'name: p\ninstruction: Test.\nchat:\n  prefill:\n    - "def test_{{name}}"\n    - "def test_{{nme}}"\n',
    { line: 6, column: 17, length: 7 },
    /unknown placeholder \{\{nme\}\} in chat.prefill.1/u,
  ],
  [
    "a placeholder that examples cannot fill",
    `name: p\ninstruction: Test.\n${completion.replace("{{code}}", "{{imports}}")}`,
    { line: 4, column: 14, length: 11 },
    /\{\{imports\}\} in completion.template/u,
  ],
  ["an unknown key", "name: p\ninstruction: Test.\ncompletion:\n  templte: x\n", { line: 4, column: 3 }, /completion/u],
  ["a missing instruction", "name: p\n", { line: 1, column: 1 }, /instruction/u],
  [
    "an example that begins otherwise",
    `name: p\ninstruction: Test.\n${completion.replace("def test_one", "def check_one")}`,
    { line: 7 },
    /example "one" does not begin/u,
  ],
  ["broken YAML", "name: [p\n", { line: 2 }, /not YAML/u],
])("points at %s", async (_what, text, place, message) => {
  const path = await promptFile(text);
  await expect(loadPrompt(path, TestPrompt)).rejects.toMatchObject({
    code: "config",
    message: expect.stringMatching(message),
    locations: [{ file: path, ...place }],
  });
});

it("asks about many targets with what each question shows, and leaves no gap where that is nothing", async () => {
  const shard =
    'shard:\n  unit: "{{count}}:\\n{{targets}}\\n\\n{{code}}\\n\\n{{signatures}}\\n\\nGo."\n  e2e: ' +
    '"{{preamble}}\\n\\n{{targets}}"\n  route: "{{method}} {{path}}"\n  retry: "Wrong:\\n{{problems}}"\n';
  const prompt = await loadPrompt(
    await promptFile(`name: p\nsystem: You test.\ninstruction: Test.\n${shard}`),
    TestPrompt,
  );
  const asked = {
    suite: "unit" as const,
    targets: [target()],
    files: [{ path: "a.py", module: "a", extent: "parts" as const, text: "x = '{{count}} $&'\n" }],
    signatures: [],
  };
  const metadata =
    '[\n {\n  "name": "add",\n  "kind": "function",\n  "module": "shop.prices",\n  "file": "shop/prices.py",\n  ' +
    '"line": 1\n }\n]';
  expect(renderShardQuestion(prompt, asked)).toEqual([
    { role: "system", content: "You test." },
    {
      role: "user",
      content: `1:\n${metadata}\n\na.py, the module a, in parts:\n\`\`\`python\nx = '{{count}} $&'\n\`\`\`\n\nGo.`,
    },
  ]);
  expect(renderShardQuestion(prompt, asked, ["no test of add"])[1]?.content).toMatch(
    /Go\.\n\nWrong:\n- no test of add$/u,
  );

  const route = {
    framework: "fastapi" as const,
    method: "GET",
    path: "/a",
    handler: "api.read",
    application: "api:app",
  };
  const read = target({ targetKind: "route", name: "read", route });
  expect([renderRowInstruction(prompt, target()), renderRowInstruction(prompt, read)]).toEqual(["Test.", "GET /a"]);
  const [, question] = renderShardQuestion(prompt, { ...asked, suite: "e2e", targets: [read] });
  expect(question?.content).toMatch(
    /^import pytest\n[^]*def client\(\):[^]*"method": "GET",\n {2}"path": "\/a",\n {2}"handler": "read",/u,
  );
});

it("says where a question about many targets names what it cannot show", async () => {
  const path = await promptFile(
    'name: p\ninstruction: Test.\nshard:\n  unit: "{{targets}} {{preamble}}"\n  e2e: "{{targets}}"\n  route: ' +
      '"{{path}}"\n  retry: "{{problems}}"\n',
  );
  await expect(loadPrompt(path, TestPrompt)).rejects.toMatchObject({
    message: "unknown placeholder {{preamble}} in shard.unit",
    locations: [{ line: 4, column: 22 }],
  });
});
