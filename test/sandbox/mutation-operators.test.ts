import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../pipeline/system/paths.js";
import { findPython } from "../../pipeline/system/python/interpreter.js";

/** Each mutant as `operator: lines that went / lines that came`. */
type Listed = Record<string, string[]>;

const signature = ([b, c, e, g]: readonly string[]) => `def f(a, ${b}, ${c}, d=zero, ${e}, f=os, *, ${g}, h):`;

let folder: string;
let python: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "operators-"));
  python = (await findPython()).interpreter;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the mutants of", () => {
  it.each<[string, string, string[]]>([
    [
      "an order",
      "def f(a, b):\n    return a < b",
      [
        "return: return a < b / return None",
        "boundary: return a < b / return a <= b",
        "comparison: return a < b / return a >= b",
      ],
    ],
    [
      "a chain of comparisons",
      "def f(a):\n    if 'a' <= a == 'b':\n        return a",
      [
        "return: return a / return None",
        "boundary: if 'a' <= a == 'b': / if 'a' < a == 'b':",
        "comparison: if 'a' <= a == 'b': / if 'a' > a == 'b':",
        "comparison: if 'a' <= a == 'b': / if 'a' <= a != 'b':",
        "constant: if 'a' <= a == 'b': / if '' <= a == 'b':",
        "constant: if 'a' <= a == 'b': / if 'a' <= a == '':",
        "condition: if 'a' <= a == 'b': / if not 'a' <= a == 'b':",
      ],
    ],
    [
      "identity",
      "def f(a):\n    return a is None",
      ["return: return a is None / return None", "comparison: return a is None / return a is not None"],
    ],
    [
      "membership",
      "def f(a, b):\n    return a not in b",
      ["return: return a not in b / return None", "comparison: return a not in b / return a in b"],
    ],
    [
      "arithmetic",
      "def f(a, b):\n    return a * b",
      ["return: return a * b / return None", "arithmetic: return a * b / return a / b"],
    ],
    [
      "arithmetic in parentheses",
      "def f(a, b):\n    return (a + b) ** -a",
      [
        "return: return (a + b) ** -a / return None",
        "arithmetic: return (a + b) ** -a / return (a + b) * -a",
        "arithmetic: return (a + b) ** -a / return (a - b) ** -a",
        "arithmetic: return (a + b) ** -a / return (a + b) ** a",
      ],
    ],
    [
      "joined texts, where another operator is a TypeError",
      "def f(a):\n    return a + 'b'",
      ["return: return a + 'b' / return None", "constant: return a + 'b' / return a + ''"],
    ],
    [
      "a boolean operator",
      "def f(a, b):\n    return a and not b",
      [
        "return: return a and not b / return None",
        "boolean: return a and not b / return a or not b",
        "boolean: return a and not b / return a and b",
      ],
    ],
    [
      "numbers",
      "def f():\n    return [0, 2.5, -3]",
      [
        "return: return [0, 2.5, -3] / return None",
        "constant: return [0, 2.5, -3] / return [1, 2.5, -3]",
        "constant: return [0, 2.5, -3] / return [-1, 2.5, -3]",
        "constant: return [0, 2.5, -3] / return [0, 3.5, -3]",
        "constant: return [0, 2.5, -3] / return [0, 2.5, -4]",
        "constant: return [0, 2.5, -3] / return [0, 2.5, -2]",
      ],
    ],
    [
      "other constants",
      "def f():\n    return (True, None, 'a', '', b'a')",
      [
        "return: return (True, None, 'a', '', b'a') / return None",
        "constant: return (True, None, 'a', '', b'a') / return (False, None, 'a', '', b'a')",
        "constant: return (True, None, 'a', '', b'a') / return (True, 0, 'a', '', b'a')",
        "constant: return (True, None, 'a', '', b'a') / return (True, None, '', '', b'a')",
        "constant: return (True, None, 'a', '', b'a') / return (True, None, 'a', 'mutant', b'a')",
        "constant: return (True, None, 'a', '', b'a') / return (True, None, 'a', '', b'')",
      ],
    ],
    [
      "an f-string",
      "def f(a):\n    return f'{a * 2}!'",
      [
        "return: return f'{a * 2}!' / return None",
        "constant: return f'{a * 2}!' / return ''",
        "arithmetic: return f'{a * 2}!' / return f'{a / 2}!'",
        "constant: return f'{a * 2}!' / return f'{a * 3}!'",
        "constant: return f'{a * 2}!' / return f'{a * 1}!'",
      ],
    ],
    [
      "conditions",
      "def f(a):\n    if a:\n        a.b = 1\n    while a.c():\n        a.d()",
      [
        "condition: if a: / if not a:",
        "condition: while a.c(): / while not a.c():",
        "loop: while a.c(): / while False:",
        "statement: a.b = 1 / pass",
        "statement: a.d() / pass",
        "constant: a.b = 1 / a.b = 2",
        "constant: a.b = 1 / a.b = 0",
      ],
    ],
    [
      "a conditional value, and a filter",
      "def f(a):\n    return [b for b in a if b] if a else a",
      [
        "return: return [b for b in a if b] if a else a / return None",
        "condition: return [b for b in a if b] if a else a / return [b for b in a if b] if not a else a",
        "condition: return [b for b in a if b] if a else a / return [b for b in a if True] if a else a",
      ],
    ],
    [
      "errors",
      "def f(a):\n    try:\n        raise ValueError('never changed')\n    except ValueError:\n        a()\n    " +
        "finally:\n        a()",
      [
        "exception: raise ValueError('never changed') / pass",
        "exception: raise ValueError('never changed') / raise RuntimeError('never changed')",
        "exception: a() / raise",
        "statement: a() / pass",
        "statement: a() / pass",
      ],
    ],
    [
      "assignments; never of the only value of a name",
      "def f(a):\n    b = a\n    b = b.c\n    a[b] = b\n    b += a\n    return",
      [
        "statement: b = b.c / pass",
        "statement: a[b] = b / pass",
        "statement: b += a / pass",
        "augmented: b += a / b -= a",
        "augmented: b += a / b = a",
      ],
    ],
    [
      "a loop",
      "def f(a):\n    for b in a:\n        if b:\n            continue\n        b.c()",
      [
        "condition: if b: / if not b:",
        "statement: b.c() / pass",
        "loop: for b in a: / for b in ():",
        "loop: continue / break",
        "loop: b.c() / b.c();break",
      ],
    ],
    [
      "places in a sequence",
      "def f(a):\n    return a[0], a['key'], a[1:-1]",
      [
        "return: return a[0], a['key'], a[1:-1] / return None",
        "index: return a[0], a['key'], a[1:-1] / return a[1], a['key'], a[1:-1]",
        "index: return a[0], a['key'], a[1:-1] / return a[-1], a['key'], a[1:-1]",
        "index: return a[0], a['key'], a[1:-1] / return a[0], a['key'], a[:-1]",
        "index: return a[0], a['key'], a[1:-1] / return a[0], a['key'], a[1:]",
        "index: return a[0], a['key'], a[1:-1] / return a[0], a['key'], a[2:-1]",
        "index: return a[0], a['key'], a[1:-1] / return a[0], a['key'], a[0:-1]",
        "index: return a[0], a['key'], a[1:-1] / return a[0], a['key'], a[1:-2]",
        "index: return a[0], a['key'], a[1:-1] / return a[0], a['key'], a[1:-0]",
      ],
    ],
    [
      "calls",
      "def f(a):\n    return max(a.strip(), a.get(a, a), key=abs)",
      [
        "return: return max(a.strip(), a.get(a, a), key=abs) / return None",
        "call: return max(a.strip(), a.get(a, a), key=abs) / return min(a.strip(), a.get(a, a), key=abs)",
        "call: return max(a.strip(), a.get(a, a), key=abs) / return max(a, a.get(a, a), key=abs)",
        "argument: return max(a.strip(), a.get(a, a), key=abs) / return max(a.strip(), a.get(a, a))",
        "argument: return max(a.strip(), a.get(a, a), key=abs) / return max(a.strip(), key=abs)",
        "argument: return max(a.strip(), a.get(a, a), key=abs) / return max(a.strip(), a.get(a), key=abs)",
      ],
    ],
    ["a generator, which stays one", "def f(a):\n    yield a", ["return: yield a / yield None"]],
    [
      "defaults that are literal, and no others",
      "import os\nzero = 0\n\ndef f(a, b=-1, c=True, d=zero, e=('x', []), f=os, *, g=None, h):\n    return a",
      [
        "return: return a / return None",
        ...["b=-2", "b=-0"].map((changed) => [changed, "c=True", "e=('x', [])", "g=None"]),
        ["b=-1", "c=False", "e=('x', [])", "g=None"],
        ["b=-1", "c=True", "e=('', [])", "g=None"],
        ["b=-1", "c=True", "e=('x', [])", "g=0"],
      ].map((change) =>
        typeof change === "string"
          ? change
          : `default: ${signature(["b=-1", "c=True", "e=('x', [])", "g=None"])} / ${signature(change)}`,
      ),
    ],
    [
      "nothing else that a call does not run",
      "import logging\nlog = logging.getLogger()\n\n@staticmethod\ndef f(a: int, *, b) -> 'int':\n    'doc'\n    " +
        "log.info('a %s', 3)\n    c: 'int' = a\n    if __debug__:\n        a(4)\n    raise a('no', 'no')",
      ["exception: raise a('no', 'no') / pass"],
    ],
    [
      "a change that compiles to the same",
      "def f(a):\n    return a if True else a",
      ["return: return a if True else a / return None"],
    ],
  ])("%s", (_, source, expected) => {
    expect(list({ f: source }).f?.toSorted()).toEqual(expected.toSorted());
  });

  it("a target in other places than its module's top", () => {
    const source = `
import functools

def twice(function):
    @functools.wraps(function)
    def wrapper(*arguments):
        return function(*arguments) * 2
    return wrapper

class Base:
    def __init__(self):
        self.value = 1

class Box(Base):
    limit = 3
    def __init__(self):
        super().__init__()
    @property
    def size(self):
        return self.value
    @size.setter
    def size(self, value):
        self.value = value
    @classmethod
    @functools.lru_cache
    def make(cls):
        return cls()
    class Lid:
        async def open(self):
            return self

def outer(a):
    def inner():
        nonlocal a
        return a
    return inner

@twice
def f(a):
    return a

try:
    import no_such_module
except ImportError:
    def fallback():
        return 1

def unused():
    return 1
del unused
`;
    expect(
      list({ source }, [
        "f",
        "twice",
        "Box.__init__",
        "Box.size",
        "Box.make",
        "Box",
        "outer.inner",
        "outer",
        "fallback",
        "unused",
        "Box.limit",
        "nothing",
      ]),
    ).toEqual({
      f: ["return: return a / return None"],
      twice: [
        "return: return wrapper / return None",
        "return: return function(*arguments) * 2 / return None",
        "arithmetic: return function(*arguments) * 2 / return function(*arguments) / 2",
        "constant: return function(*arguments) * 2 / return function(*arguments) * 3",
        "constant: return function(*arguments) * 2 / return function(*arguments) * 1",
      ].toSorted(),
      "Box.__init__": ["statement: super().__init__() / pass"],
      "Box.size": ["return: return self.value / return None", "statement: self.value = value / pass"],
      "Box.make": ["return: return cls() / return None"],
      Box: [
        "return: return cls() / return None",
        "return: return self / return None",
        "return: return self.value / return None",
        "statement: self.value = value / pass",
        "statement: super().__init__() / pass",
      ],
      "outer.inner": ["return: return a / return None"],
      outer: ["return: return a / return None", "return: return inner / return None"],
      fallback: ["constant: return 1 / return 0", "constant: return 1 / return 2", "return: return 1 / return None"],
      unused: [],
      "Box.limit": [],
      nothing: [],
    });
  });

  it("a default are of the function as it is: one that says something else by now is left alone", () => {
    const source = `
def f(a=1, *, b=2):
    return a, b
f.__defaults__ = (5,)

def g(a=1):
    return a
g.__defaults__ = None

def kept(value, seen=[0]):
    seen.append(value)
    return seen
kept(1)

def outer():
    def inner(a=1):
        return a
    return inner
inner = outer()

def register(function):
    return function

@register
def handler(a=1):
    return a

class Box:
    @staticmethod
    def make(size=False):
        return Box(size)
    def __init__(self, size=3, *, __lid="a"):
        self.size = size
`;
    const listed = list({ source }, ["f", "g", "kept", "outer", "outer.inner", "handler", "Box.make", "Box.__init__"]);
    const defaults = Object.fromEntries(
      Object.entries(listed).map(([name, mutants]) => [
        name,
        mutants.filter((mutant) => mutant.startsWith("default")).map((mutant) => mutant.split(" / ")[1]),
      ]),
    );
    expect(defaults).toEqual({
      f: ["def f(a=1, *, b=1):", "def f(a=1, *, b=3):"],
      g: [],
      kept: [],
      outer: [],
      "outer.inner": [],
      // A decorator that nobody knows may have read them: a web framework passes its own.
      handler: [],
      "Box.make": ["def make(size=True):"],
      // A name that begins with two underscores is another one inside a class.
      "Box.__init__": ['def __init__(self, size=2, *, __lid="a"):', 'def __init__(self, size=4, *, __lid="a"):'],
    });
    // Those of an inner function are changed in the function that makes it.
    expect(listed["outer"]).toContain("constant: def inner(a=1): / def inner(a=2):");
  });

  it("a target say in their text what they are: it compiles to what they run", () => {
    const modules = ["argparse", "textwrap", "statistics", "shlex", "bisect", "heapq", "fractions", "ast"];
    const { checked, different } = JSON.parse(run("compare", modules)) as { checked: number; different: string[] };
    expect(different).toEqual([]);
    expect(checked).toBeGreaterThan(200);
  }, 60_000);
});

function list(sources: Record<string, string>, names: readonly string[] = Object.keys(sources)): Listed {
  const listed = JSON.parse(run("list", [Object.values(sources)[0], names])) as Record<string, [string, string][]>;
  return Object.fromEntries(
    Object.entries(listed).map(([name, mutants]) => [
      name,
      mutants.map(([operator, diff]) => `${operator}: ${changed(diff, "-")} / ${changed(diff, "+")}`).toSorted(),
    ]),
  );
}

function changed(diff: string, sign: string): string {
  return diff
    .split("\n")
    .slice(1)
    .filter((line) => line.startsWith(sign))
    .map((line) => line.slice(1).trim())
    .join(";");
}

function run(what: string, input: unknown): string {
  const result = spawnSync(python, ["-c", script, join(packageRoot, "pipeline/sandbox/python"), folder, what], {
    input: JSON.stringify(input),
    encoding: "utf8",
  });
  expect(result.stderr).toBe("");
  return result.stdout;
}

const script = `
import ast, importlib, json, os, sys, uuid
sys.dont_write_bytecode = True
runner, folder, what = sys.argv[1:]
sys.path[:0] = [runner, folder]
from confined_runner.mutation import definitions, live, plan, sites
from confined_runner.mutation.operators import changes

def listed(source, names):
    module = "m" + uuid.uuid4().hex
    with open(os.path.join(folder, module + ".py"), "w") as file:
        file.write(source + "\\n")
    importlib.import_module(module)
    return {name: [(mutant.operator, mutant.diff) for mutant in plan.mutants_of(module, name)] for name in names}

def compared(names):
    checked, different = 0, []
    for name in names:
        importlib.import_module(name)
        module = definitions.Module(name)
        text = open(module.file).read()
        top = [node.name for node in ast.parse(text).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
        for definition in [found for one in top for found in module.definitions(one)][::7]:
            found_sites = sites.sites(definition.function, module.text)
            for change in [change for site in found_sites for change in changes(site)][::3]:
                with sites.put(change.owner, change.field, change.value):
                    wanted = ast.dump(definition.function)
                lines = text.split("\\n")
                lines[change.first.lineno - 1:change.last.end_lineno] = module.text.changed_lines(change)
                try:
                    found = definitions.Module.__new__(definitions.Module)
                    found._tree = ast.parse("\\n".join(lines))
                    path = ".".join(node.name for node in definition.path)
                    dumps = [ast.dump(other.function) for other in found.definitions(path)]
                except SyntaxError:
                    dumps = []
                checked += 1
                if wanted not in dumps:
                    different.append("\\n".join(module.text.changed_lines(change)))
    return {"checked": checked, "different": different}

value = json.load(sys.stdin)
print(json.dumps(listed(*value) if what == "list" else compared(value)))
`;
