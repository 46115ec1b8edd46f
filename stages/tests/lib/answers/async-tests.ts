import { parsePython, type SyntaxNode } from "../../../python/lib/parser.js";

/**
 * A top-level statement with tests that pytest runs without a plugin, the target's project having one or not: an
 * `async def test_...` awaits in a function of its own, which asyncio.run runs; and a call of an async target that
 * nothing awaits is handed to asyncio.run.
 * @param asyncName name of the target, where it is async
 */
export function withoutAsyncTests(source: string, asyncName: string | null): string {
  const tests = parsePython(source)
    .rootNode.descendantsOfType("function_definition")
    .filter((node) => isTest(node));
  return tests
    .toReversed()
    .reduce(
      (text, test) => (isAsync(test) ? wrapped(text, test) : asyncName === null ? text : runs(text, test, asyncName)),
      source,
    );
}

/** Whether code uses the module asyncio by its name, and so needs its import. */
export function usesAsyncio(source: string): boolean {
  return /(?<![\w.])asyncio\./u.test(source);
}

function isTest(node: SyntaxNode): boolean {
  return node.childForFieldName("name")?.text.startsWith("test") === true;
}

function isAsync(node: SyntaxNode): boolean {
  return node.firstChild?.type === "async";
}

/** `async def test_a(x): ...` as `def test_a(x)` with an async function in it; marks of pytest-asyncio and anyio go. */
function wrapped(text: string, test: SyntaxNode): string {
  const body = test.childForFieldName("body");
  if (body === null) return text;
  const inner = " ".repeat(test.startPosition.column + 4);
  const header = text
    .slice(test.startIndex, body.startIndex)
    .trimEnd()
    .replace(/^async\s+/u, "");
  const isOnOneLine = body.startPosition.row === test.startPosition.row;
  const moved = isOnOneLine
    ? `${inner}    ${body.text}`
    : indented(text.slice(lineStart(text, body.startIndex), body.endIndex), body);
  const replaced = `${header}\n${inner}async def run_test():\n${moved.trimEnd()}\n\n${inner}asyncio.run(run_test())`;
  const end = body.startIndex + body.text.trimEnd().length;
  const after = text.slice(0, test.startIndex) + replaced + text.slice(end);
  return marksOf(test)
    .toReversed()
    .reduce(
      (left, mark) =>
        left.slice(0, lineStart(left, mark.startIndex)) + left.slice(left.indexOf("\n", mark.endIndex) + 1),
      after,
    );
}

function marksOf({ parent }: SyntaxNode): SyntaxNode[] {
  if (parent?.type !== "decorated_definition") return [];
  return parent.namedChildren.filter(
    ({ type, text }) => type === "decorator" && /^@\s*pytest\.mark\.(?:asyncio|anyio)\b/u.test(text),
  );
}

/** Lines four columns further in; those that begin inside a string keep their place. */
function indented(lines: string, body: SyntaxNode): string {
  const inString = new Set(
    body
      .descendantsOfType("string")
      .flatMap(({ startPosition, endPosition }) =>
        Array.from(
          { length: endPosition.row - startPosition.row },
          (_, index) => startPosition.row + index + 1 - body.startPosition.row,
        ),
      ),
  );
  return lines
    .split("\n")
    .map((line, row) => (line.trim() === "" || inString.has(row) ? line : `    ${line}`))
    .join("\n");
}

/** Hands calls of the target that nothing awaits to asyncio.run. */
function runs(text: string, test: SyntaxNode, name: string): string {
  const calls = test.descendantsOfType("call").filter((call) => isCallOf(call, name) && !isAwaited(call, test));
  const outermost = calls.filter(
    (call) =>
      !calls.some(
        (other) => other.id !== call.id && other.startIndex <= call.startIndex && call.endIndex <= other.endIndex,
      ),
  );
  return outermost
    .toReversed()
    .reduce(
      (left, { startIndex, endIndex }) =>
        `${left.slice(0, startIndex)}asyncio.run(${left.slice(startIndex, endIndex)})${left.slice(endIndex)}`,
      text,
    );
}

function isCallOf(call: SyntaxNode, name: string): boolean {
  const called = call.childForFieldName("function");
  return called?.type === "attribute" ? called.childForFieldName("attribute")?.text === name : called?.text === name;
}

/** In an `await`, in an argument of something else of asyncio's, or in an async function. */
function isAwaited(call: SyntaxNode, test: SyntaxNode): boolean {
  for (let node = call.parent; node !== null && node.id !== test.id; node = node.parent) {
    if (node.type === "await" || (node.type === "function_definition" && isAsync(node))) return true;
    if (
      node.type === "call" &&
      /^(?:asyncio|anyio)\.|run_until_complete$/u.test(node.childForFieldName("function")?.text ?? "")
    )
      return true;
  }
  return false;
}

function lineStart(text: string, index: number): number {
  return text.lastIndexOf("\n", index - 1) + 1;
}
