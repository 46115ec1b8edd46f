import { afterAll, beforeAll, expect, it } from "vitest";
import { sandboxed, type Sandboxed } from "../../sandbox/sandboxed.js";
import { recordedBy } from "./recorded-values.js";

const prices = `
import collections, dataclasses, datetime, decimal, enum, fractions, itertools, math, pathlib, typing, uuid

class Colour(enum.Enum):
    RED = 1

class Point(typing.NamedTuple):
    x: int
    y: float

@dataclasses.dataclass
class Item:
    name: str
    price: decimal.Decimal
    tags: list = dataclasses.field(default_factory=list)
    sold: bool = False

class Plain:
    pass

class Shown:
    def __repr__(self):
        return "Shown(rw)"

class Money:
    def __init__(self, amount, unit="EUR"):
        self.amount = amount
        self.unit = unit
    def __eq__(self, other):
        return vars(self) == vars(other)
    def __repr__(self):
        return f"Money({self.amount!r}, unit={self.unit!r})"

class Open:
    def __init__(self):
        self.count = 2
        self.tags = ["a"]
        self._at = object()

class Said:
    def __str__(self):
        return "said"

class Located:
    def __repr__(self):
        return object.__repr__(self)

class Text(str):
    pass

def code_class():
    return next(each for each in enum.IntEnum.__subclasses__() if each.__name__ == "ExitCode")

def add(number):
    value = VALUES[number]
    return value() if value in (code_class, itertools.count) else value

VALUES = [
    None, True, 3, 2.5, 0.1 + 0.2, "it's", 'say "hi"', b"\\x00",
    [1, (2,), ()], {"b": 1, "a": {2: None}}, {"b", "c", "a"}, set(),
    frozenset({1}), [0.1, 2], {"a": 0.1}, [{"a": 0.1}], float("inf"), float("nan"), 1 + 2j,
    decimal.Decimal("1.50"), fractions.Fraction(1, 3),
    datetime.date(2020, 1, 2), datetime.datetime(2020, 1, 2, 3, 4, tzinfo=datetime.timezone.utc),
    datetime.timedelta(days=1, seconds=90), pathlib.Path("a/b"), uuid.UUID(int=1),
    Colour.RED, Point(1, 0.5), Item("cap", decimal.Decimal("2")),
    collections.Counter("aab"), collections.OrderedDict(a=1), collections.deque([1, 2]), range(3), int, Text("words"),
    "x" * 1000, list(range(1000)), {n: n for n in range(500)}, set(range(500)),
    Plain(), object(), lambda: 1, {"x": Plain()}, iter([1, 2]), {"a": 1}.keys(), itertools.count,
    Shown(), Money(3), Open(), Said(), Located(), ValueError("no"), collections.UserDict(a=1),
    code_class,
]
`;

let box: Sandboxed;
beforeAll(async () => {
  box = await sandboxed({ "prices.py": prices });
});
afterAll(() => box.close());

const line = (text: string) => `assert add(N) == ${text}`;

const cases: readonly (readonly [kind: string, wanted: string, imports?: string])[] = [
  ["None", "assert add(N) is None"],
  ["True", "assert add(N) is True"],
  ["an int", line("3")],
  ["a float that is exact", line("2.5")],
  ["a float that is not", line("pytest.approx(0.30000000000000004)")],
  ["a text with a quote", line(`"it's"`)],
  ["a text with double quotes", line(`'say "hi"'`)],
  ["bytes", line('b"\\x00"')],
  ["a list", line("[1, (2,), ()]")],
  ["a dict", line('{"b": 1, "a": {2: None}}')],
  ["a set, in order", line('{"a", "b", "c"}')],
  ["an empty set", line("set()")],
  ["a frozenset", line("frozenset({1})")],
  ["numbers side by side", line("pytest.approx([0.1, 2])")],
  ["numbers by key", line('pytest.approx({"a": 0.1})')],
  ["numbers further in", line('[{"a": pytest.approx(0.1)}]')],
  ["infinity", line('float("inf")')],
  ["no number", line('pytest.approx(float("nan"), nan_ok=True)')],
  ["a complex number", line("(1+2j)")],
  ["a Decimal", line('Decimal("1.50")'), "from decimal import Decimal"],
  ["a Fraction", line("Fraction(1, 3)"), "from fractions import Fraction"],
  ["a date", line("date(2020, 1, 2)"), "from datetime import date"],
  [
    "a datetime",
    line("datetime(2020, 1, 2, 3, 4, tzinfo=timezone.utc)"),
    "from datetime import datetime\nfrom datetime import timezone",
  ],
  ["a timedelta", line("timedelta(days=1, minutes=1, seconds=30)"), "from datetime import timedelta"],
  ["a path", line('Path("a/b")'), "from pathlib import Path"],
  ["a UUID", line('UUID("00000000-0000-0000-0000-000000000001")'), "from uuid import UUID"],
  ["a member of an enum", line("Colour.RED"), "from prices import Colour"],
  ["a named tuple", line("Point(x=1, y=0.5)"), "from prices import Point"],
  [
    "a dataclass",
    line('Item(name="cap", price=Decimal("2"), tags=[])'),
    "from decimal import Decimal\nfrom prices import Item",
  ],
  ["a Counter", line('{"a": 2, "b": 1}')],
  ["an OrderedDict", line('{"a": 1}')],
  ["a deque", line("deque([1, 2])"), "from collections import deque"],
  ["a range", "assert list(add(N)) == [0, 1, 2]"],
  ["a class", line("int")],
  ["a text of a class of its own", line('"words"')],
  [
    "a long text",
    `result = add(N)\n    assert len(result) == 1000\n    assert result.startswith("${"x".repeat(40)}")\n    assert ` +
      `result.endswith("${"x".repeat(40)}")`,
  ],
  [
    "a long list",
    "result = add(N)\n    assert len(result) == 1000\n    assert result[:3] == [0, 1, 2]\n    assert result[-1] == 999",
  ],
  [
    "a long dict",
    "result = add(N)\n    assert len(result) == 500\n    assert result[0] == 0\n    assert result[1] == 1\n    " +
      "assert result[2] == 2",
  ],
  [
    "a long set",
    "result = add(N)\n    assert len(result) == 500\n    assert 0 in result\n    assert 1 in result\n    assert 10 " +
      "in result",
  ],
  ["an object, by its class", "assert isinstance(add(N), Plain)", "from prices import Plain"],
  ["any object", "!an object has no plain form"],
  ["a function", "!a function has no plain form"],
  ["an object further in", 'result = add(N)\n    assert isinstance(result["x"], Plain)', "from prices import Plain"],
  ["an iterator", "!"],
  ["a view", 'assert list(add(N)) == ["a"]'],
  ["an iterator without an end", "assert list(islice(add(N), 5)) == [0, 1, 2, 3, 4]", "from itertools import islice"],
  ["an object, by its repr", 'assert repr(add(N)) == "Shown(rw)"'],
  ["an object that its repr makes", 'assert add(N) == Money(3, unit="EUR")', "from prices import Money"],
  ["an object, by its fields", 'result = add(N)\n    assert result.count == 2\n    assert result.tags == ["a"]'],
  ["an object, by its text", 'assert str(add(N)) == "said"'],
  ["an object whose repr is an address", "assert isinstance(add(N), Located)", "from prices import Located"],
  ["an exception that is returned", `assert repr(add(N)) == "ValueError('no')"`],
  ["a wrapped dict", 'assert add(N) == {"a": 1}'],
  ["a class of what runs the tests", "!ExitCode is there only because a test is run"],
];

it.each(cases.map(([kind, wanted, imports], number) => ({ kind, wanted, imports, number })))(
  "$kind",
  async ({ wanted, imports, number }) => {
    const { response, open } = await recordedBy(() => box, `def test_a():\n    assert add(${number}) == "?"\n`);
    const isOpen = wanted.startsWith("!");
    const text = `def test_a():\n    ${isOpen ? 'assert add(N) == "?"' : wanted}`.replace("(N)", `(${number})`);
    expect(response).toBe(imports === undefined ? text : `${imports}\n\n\n${text}`);
    expect(open).toHaveLength(isOpen ? 1 : 0);
    expect(open.join("")).toContain(isOpen ? wanted.slice(1) : "");
  },
);
