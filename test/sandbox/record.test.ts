import { afterAll, beforeAll, expect, it } from "vitest";
import { sandboxed, type Sandboxed } from "./sandboxed.js";

const shapes = `
import os, random, tempfile, time
from collections import OrderedDict

class Closed(Exception):
    pass

def same(x, *rest, **named):
    return x

def push(items, item):
    items.append(item)
    return items

def refuse(x):
    raise Closed(x)

def word():
    return "".join({"a", "b", "c", "d", "e"})

def count():
    yield 1

def endless():
    while True:
        yield 1

async def later():
    return 1

def ordered():
    return OrderedDict(a=1)

def here():
    return __file__

def chance():
    return random.random()

def address():
    return hex(id(object()))

def hang():
    while True:
        pass

def crash():
    os.abort()

def leave():
    os._exit(0)

def flood():
    return ["x" * 1000] * 1000

def hog():
    return [bytearray(1 << 20) for _ in range(4000)]
`;

let box: Sandboxed;
beforeAll(async () => {
  box = await sandboxed({ "shapes.py": shapes });
});
afterAll(() => box.close());

it.each([
  ["None", "None", "NoneType"],
  ["True", "True", "bool"],
  ["-3", "-3", "int"],
  ["10**30", "1000000000000000000000000000000", "int"],
  ["0.1 + 0.2", "0.30000000000000004", "float"],
  ["float('-inf')", "float('-inf')", "float"],
  ["'it\\'s'", '"it\'s"', "str"],
  ["b'\\x00'", "b'\\x00'", "bytes"],
  ["[1, (2,), ()]", "[1, (2,), ()]", "list"],
  ["{'b': 1, 'a': {2: None}}", "{'b': 1, 'a': {2: None}}", "dict"],
  ["{'b', 'c', 'a'}", "{'a', 'b', 'c'}", "set"],
  ["set()", "set()", "set"],
  ["frozenset()", "frozenset()", "frozenset"],
])("records %s as an exact literal", async (argument, literal, typeName) => {
  expect(await box.record("same", argument)).toEqual([{ type: "returned", literal, typeName, isIterator: false }]);
});

it.each([
  ["float('nan')", "float"],
  ["[object()]", "list"],
  ["'x' * 401", "str"],
  ["10**5000", "int"],
  ["list(range(1000))", "list"],
  ["OrderedDict(a=1)", "collections.OrderedDict"],
])("gives no literal for %s", async (argument, typeName) => {
  expect(await box.record("same", argument)).toEqual([
    { type: "returned", literal: null, typeName, isIterator: false },
  ]);
});

it("gives no literal for a value that holds itself", async () => {
  expect(await box.record("same", "(lambda l: l.append(l) or l)([])")).toEqual([
    { type: "returned", literal: null, typeName: "list", isIterator: false },
  ]);
});

it("records the items of an iterator", async () => {
  expect(await box.record("count", "")).toEqual([
    { type: "returned", literal: "[1]", typeName: "generator", isIterator: true },
  ]);
});

it("records an exception with its module", async () => {
  expect(await box.record("refuse", "1", "")).toEqual([
    { type: "raised", exception: "Closed", module: "shapes" },
    { type: "raised", exception: "TypeError", module: "builtins" },
  ]);
});

it.each([
  ["push", "[1], 2", "changes its arguments"],
  ["word", "", "not deterministic"],
  ["chance", "", "not deterministic"],
  ["address", "", "not deterministic"],
  ["endless", "", "returns a long iterator"],
  ["later", "", "returns a coroutine"],
  ["here", "", "names a folder of this machine"],
  ["hang", "", "timeout"],
  ["crash", "", "ended the process"],
  ["leave", "", "ended the process"],
  ["hog", "", "too much memory"],
  ["same", "nobody", "arguments cannot be evaluated: NameError"],
  ["same", "1) or (2", "arguments cannot be evaluated: SyntaxError"],
  ["missing", "", "cannot be imported: AttributeError"],
])("cannot use %s(%s): %s", async (target, call, reason) => {
  expect(await box.record(target, call)).toEqual([{ type: "unusable", reason }]);
});

it("loses no call to one that hangs or crashes", async () => {
  const calls = ["1", "[hang()]", "2", "[crash()]", "3"];
  expect(
    (await box.record("same", ...calls)).map((call) => (call.type === "returned" ? call.literal : call.type)),
  ).toEqual(["1", "unusable", "2", "unusable", "3"]);
});
