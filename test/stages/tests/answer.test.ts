import { describe, expect, it } from "vitest";
import { readAnswer } from "../../../stages/tests/lib/answers/answer.js";

const read = (text: string, truncated = false) =>
  readAnswer(text, { truncated, splitAssertions: false, imported: ["pytest", "f"] });
const plain = "def test_f():\n    assert f(1) == 1";
const fence = "```";
/** A test whose text holds lines that look like fences. */
const fenced = `def test_f():\n    text = """\n${fence}\nx = 1\n${fence}\n"""\n    assert f(text) == 1`;
const tilded = "def test_f():\n    text = '''\n~~~~\nx = 1\n~~~~\n'''\n    assert f(text) == 1";
const thinking = 'def test_f():\n    assert f("<think>a</think>b") == "b"';

describe("the tests of an answer", () => {
  it.each<[how: string, text: string, tests: string]>([
    ["without a fence", plain, plain],
    ["fenced", `Here:\n\n${fence}python\n${plain}\n${fence}\n\nIt's done.`, plain],
    ["fenced without a language", `${fence}\n${plain}\n${fence}`, plain],
    ["fenced with the language in capitals, and more", `${fence}Python title="test_f.py"\n${plain}\n${fence}`, plain],
    ["fenced with attributes", `${fence}{.python .numberLines}\n${plain}\n${fence}`, plain],
    ["fenced with four backquotes", `${fence}\`python\n${plain}\n${fence}\``, plain],
    ["fenced with tildes", `~~~py\n${plain}\n~~~`, plain],
    [
      "fenced and indented in a list",
      `1. Tests:\n\n   ${fence}python\n${plain.replaceAll(/^/gmu, "   ")}\n   ${fence}\n`,
      plain,
    ],
    ["fenced and indented, with code that is not", `  ${fence}python\n${plain}\n  ${fence}\n`, plain],
    ["in a fence that is never closed", `${fence}python\n${plain}\n`, plain],
    ["in a fence that a prompt has opened", `${plain}\n${fence}\n\nThis tests f. It isn't much.`, plain],
    [
      "beside a fence of another language",
      `${fence}bash\npytest\n${fence}\n${fence}python\n${plain}\n${fence}\n${fence}text\n1 passed\n${fence}`,
      plain,
    ],
    [
      "beside output without a language",
      `${fence}python\n${plain}\n${fence}\nIt says:\n${fence}\n1 passed in 0.01 s: it's "fine\n${fence}`,
      plain,
    ],
    [
      "in several fences",
      `${fence}python\nimport math\n${fence}\nand\n${fence}python\ndef test_f():\n    assert f(math.pi) == 1\n${fence}`,
      "import math\n\n\ndef test_f():\n    assert f(math.pi) == 1",
    ],
    ["with fences in a text", `Here:\n${fence}python\n${fenced}\n${fence}\n`, fenced],
    ["with fences in a text, fenced with tildes", `~~~~python\n${fenced}\n~~~~\n`, fenced],
    ["with tildes in a text", `~~~~python\n${tilded}\n~~~~\n`, tilded],
    ["with fences in a text, without a fence", fenced, fenced],
    ["with fences in a text, in a fence that is never closed", `${fence}python\n${fenced}\n`, fenced],
    ["with fences in a text, in a fence that a prompt has opened", `${fenced}\n${fence}\nThat is all.`, fenced],
    [
      "with fences in a text of a class",
      `${fence}python\nclass TestF:\n` +
        fenced.replace("def test_f()", "    def test_f(self)").replaceAll(/^( {4}(?:text|assert))/gmu, "    $1") +
        `\n${fence}`,
      `class TestF:\n    def test_f(self):\n        text = """\n${fence}\nx = 1\n${fence}\n"""\n        assert ` +
        `f(text) == 1`,
    ],
    ["after thoughts", `<think>\ndef test_no():\n    assert f(0)\n</think>\n\n${plain}`, plain],
    [
      "after thoughts whose beginning a template wrote",
      `I'll try f(1).\n</think>\n${fence}python\n${plain}\n${fence}`,
      plain,
    ],
    ["after several thoughts", `<think>a</think>\n<think>b</think>\n${plain}`, plain],
    ["with a thought in a text", thinking, thinking],
    ["with a thought in a text, fenced", `${fence}python\n${thinking}\n${fence}\nIt cuts \`</think>\` out.`, thinking],
    [
      "with a thought in a text, after thoughts",
      `<think>\nWhat of "</thin" + "k>"?\n</think>\n${fence}python\n${thinking}\n${fence}`,
      thinking,
    ],
    [
      "with a thought in a text, after thoughts whose beginning a template wrote",
      `I'd test it.\n</think>\n${thinking}`,
      thinking,
    ],
    [
      "with a thought over several lines in a text",
      'def test_f():\n    assert f("""\n<think>\na\n</think>\nb""") == "b"',
      'def test_f():\n    assert f("""\n<think>\na\n</think>\nb""") == "b"',
    ],
    ["after talk of thoughts", `It handles \`<think>\` and \`</think>\`:\n${fence}python\n${plain}\n${fence}`, plain],
  ])("%s are found as they were written", (_how, text, tests) => {
    expect(read(text)).toEqual({ tests, requires: [], rejected: [] });
  });

  it.each<[what: string, text: string]>([
    ["a text that is never ended", `${fence}python\ndef test_f():\n    text = """\n${fence}\nx = 1\n${fence}\n`],
    [
      "a text that is never ended, before another test",
      `${fence}python\n${plain}\n\n\ndef test_g():\n    text = """\n${fence}\nThat's all.`,
    ],
  ])("with %s are never cut to what fits", (_what, text) => {
    const { tests, rejected } = read(text);
    expect(tests).toBe(text.includes("test_g") ? plain : null);
    expect(rejected).not.toEqual([]);
  });

  it("of an answer that was cut are those before the cut", () => {
    expect(read(`${fence}python\n${plain}\n\ndef test_g():\n    assert f(`, true).tests).toBe(plain);
    expect(read(`${fence}python\n${fenced}\n${fence}\nThis tests`, true).tests).toBe(fenced);
    expect(read("<think>\ndef test_f():\n    assert f(1)", true)).toMatchObject({
      tests: null,
      rejected: [{ reason: { code: "truncated" } }],
    });
  });
});

it("says which packages the answer asks for", () => {
  const answer = `# requires: NumPy>=1.26, pandas\n${fence}python\n# Requires: numpy\n${plain}\n${fence}`;
  expect(read(answer)).toMatchObject({ tests: plain, requires: ["numpy", "pandas"] });
  expect(read(plain).requires).toEqual([]);
});
