import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sandboxed, type Sandboxed } from "./sandboxed.js";

const calc = `
class Box:
    def __init__(self, value=0):
        self.value = value
    def put(self, value):
        self.value = value
        return self
    def __add__(self, other):
        return Box(self.value + other.value)
    @property
    def size(self):
        return self.value

def double(x):
    return x + x
`;

let box: Sandboxed;
beforeAll(async () => {
  box = await sandboxed({ "calc.py": calc, "calc_again.py": "from calc import double\n" });
});
afterAll(() => box.close());

const head = "import sys\nimport os\nimport pytest\nimport calc\nfrom calc import Box, double\n\n";

async function judge(code: string, target = "double"): Promise<string> {
  const {
    verdicts: [verdict],
    fileError,
  } = await box.run(`${head}${code}\n`, { target });
  const found = fileError ?? verdict;
  return found?.reason === "cheat" ? found.detail : `${found?.outcome} ${found?.detail}`.trim();
}

describe("is a cheat", () => {
  it.each([
    ["never calls double", "def test_a():\n    assert 1 + len('a') == 2"],
    ["never calls double", "def test_a():\n    assert callable(double)"],
    ["never calls double", "def test_a():\n    assert double is not None"],
    ["has no assertion", "def test_a():\n    double(2)"],
    ["asserts nothing but constants", "def test_a():\n    double(2)\n    assert True"],
    ["asserts nothing but constants", "def test_a():\n    double(2)\n    assert 1 == 1"],
    ["asserts nothing but constants", "def test_a():\n    x = double(2)\n    assert x == x"],
    ["asserts nothing but constants", "def test_a():\n    assert double(2) == 5 or True"],
    [
      "catches the failure of its own assertion",
      "def test_a():\n    try:\n        assert double(2) == 5\n    except AssertionError:\n        pass",
    ],
    [
      "catches the failure of its own assertion",
      "def test_a():\n    try:\n        assert double(2) == 5\n    except:\n        print('well')",
    ],
    ["redefines double", "def double(x):\n    return 5\n\ndef test_a():\n    assert double(2) == 5"],
    ["redefines double", "def test_a():\n    double = lambda x: 5\n    assert double(2) == 5"],
    ["redefines double", "def test_a():\n    calc.double = lambda x: 5\n    assert calc.double(2) == 5"],
    [
      "redefines double",
      "def test_a(monkeypatch):\n    monkeypatch.setattr(calc, 'double', lambda x: 5)\n    assert calc.double(2) == 5",
    ],
    [
      "redefines double",
      "from unittest.mock import patch\n\n@patch('calc.double')\ndef test_a(fake):\n    assert calc.double(2) is " +
        "fake.return_value",
    ],
    [
      "redefines double",
      "from unittest.mock import patch\n\n@patch.multiple('calc', double=lambda x: 5)\ndef test_a():\n    assert " +
        "calc.double(2) == 5",
    ],
    [
      "redefines double",
      "from unittest.mock import patch\n\ndef test_a():\n    with patch.dict(vars(calc), {'double': lambda x: 5}):\n " +
        "       assert calc.double(2) == 5",
    ],
    [
      "redefines double",
      "from unittest import mock\n\ndef test_a():\n    with mock.patch.object(calc, attribute='double', new=lambda " +
        "x: 5):\n        assert calc.double(2) == 5",
    ],
    ["redefines double", "def test_a():\n    calc.__dict__['double'] = lambda x: 5\n    assert calc.double(2) == 5"],
    ["redefines double", "def test_a():\n    calc.__dict__.update(double=lambda x: 5)\n    assert calc.double(2) == 5"],
    [
      "never calls double",
      "from unittest.mock import create_autospec\n\ndef test_a():\n    assert create_autospec(double, " +
        "return_value=5)(2) == 5",
    ],
    [
      "never calls double",
      "from unittest.mock import Mock\n\ndef test_a():\n    fake = Mock(spec=double, return_value=5)\n    assert " +
        "fake(2) == 5",
    ],
    [
      "touches pytest",
      "def test_a(monkeypatch):\n    monkeypatch.setattr(pytest, 'raises', None)\n    assert double(2) == 4",
    ],
    [
      "touches pytest",
      "from unittest.mock import patch\n\n@patch('pytest.raises')\ndef test_a(raises):\n    assert double(2) == 4",
    ],
    [
      "redefines double",
      "@pytest.fixture\ndef double():\n    return lambda x: 5\n\ndef test_a(double):\n    assert double(2) == 5",
    ],
    ["redefines double", "from math import sqrt as double\n\ndef test_a():\n    assert double(4) == 2"],
    ["touches sys.modules", "def test_a():\n    sys.modules['calc'] = None\n    assert double(2) == 4"],
    ["touches sys.modules", "def test_a():\n    m = sys.modules\n    assert double(2) == 4"],
    [
      "touches sys.modules",
      "def test_a(monkeypatch):\n    monkeypatch.setitem(__import__('sys').modules, 'x', 1)\n    assert double(2) == 4",
    ],
    ["touches gc", "import gc\n\ndef test_a():\n    assert double(2) == 4"],
    ["touches gc", "def test_a():\n    __import__('gc').collect()\n    assert double(2) == 4"],
    ["touches _pytest", "def test_a():\n    from _pytest import runner\n    assert double(2) == 4"],
    ["touches sys._getframe", "def test_a():\n    sys._getframe()\n    assert double(2) == 4"],
    ["touches inspect.stack", "import inspect\n\ndef test_a():\n    inspect.stack()\n    assert double(2) == 4"],
    ["touches os._exit", "def test_a():\n    assert double(2) == 4\n    os._exit(0)"],
    ["touches co_code", "def test_a():\n    assert len(double.__code__.co_code) < 99 and double(2) == 4"],
    ["touches __code__", "def test_a():\n    assert getattr(double, '__code__') and double(2) == 4"],
    ["touches dis", "import dis\n\ndef test_a():\n    assert dis.Bytecode(double) and double(2) == 4"],
    ["touches marshal", "from marshal import dumps\n\ndef test_a():\n    assert double(2) == 4"],
    [
      "touches inspect.getsource",
      "import inspect\n\ndef test_a():\n    assert 'x + x' in inspect.getsource(double) and double(2) == 4",
    ],
    ["touches _exit", "def test_a():\n    assert double(2) == 4\n    getattr(os, '_exit')(0)"],
    ["touches os._exit", "from os import _exit\n\ndef test_a():\n    assert double(2) == 4"],
    ["touches /proc", "def test_a():\n    open('/proc/self/mem')\n    assert double(2) == 4"],
    [
      "touches pytest_runtest_logreport",
      "def test_a(request):\n    request.config.hook.pytest_runtest_logreport(report=None)\n    assert double(2) == 4",
    ],
  ])("for it %s: %s", async (why, code) => {
    expect(await judge(code)).toBe(why);
  });
});

describe("is no cheat", () => {
  it.each([
    ["a call through the module", "def test_a():\n    assert calc.double(2) == 4"],
    ["a call by another name", "from calc import double as twice\n\ndef test_a():\n    assert twice(2) == 4"],
    ["a call through a re-export", "import calc_again\n\ndef test_a():\n    assert calc_again.double(2) == 4"],
    ["a call through a variable", "f = double\n\ndef test_a():\n    assert f(2) == 4"],
    ["a call by another function", "def test_a():\n    assert list(map(double, [1])) == [2]"],
    ["a call by pytest", "def test_a():\n    pytest.raises(TypeError, double)"],
    ["a call in a helper", "def check(x, y):\n    assert double(x) == y\n\ndef test_a():\n    check(2, 4)"],
    [
      "a call in a fixture",
      "@pytest.fixture\ndef four():\n    return double(2)\n\ndef test_a(four):\n    assert four == 4",
    ],
    ["a parameter", "@pytest.mark.parametrize('f', [double])\ndef test_a(f):\n    assert f(2) == 4"],
    ["an expected exception", "def test_a():\n    with pytest.raises(TypeError):\n        double()"],
    [
      "an assertion method",
      "import unittest\n\nclass TestA(unittest.TestCase):\n    def test_a(self):\n        " +
        "self.assertEqual(double(2), 4)",
    ],
    [
      "an assertion after try",
      "def test_a():\n    try:\n        double()\n    except TypeError:\n        pass\n    assert double(2) == 4",
    ],
    [
      "a failure that is told",
      "def test_a():\n    try:\n        double()\n    except TypeError as error:\n        assert 'x' in str(error)",
    ],
    ["a look at sys.modules", "def test_a():\n    assert 'calc' in sys.modules and sys.modules['calc'].double(2) == 4"],
    [
      "a clock that stands still",
      "def test_a(monkeypatch):\n    monkeypatch.setattr('time.time', lambda: 5)\n    assert " +
        "double(__import__('time').time()) == 10",
    ],
    [
      "a variable of the environment",
      "def test_a(monkeypatch):\n    monkeypatch.setenv('NUMBER', '2')\n    assert double(int(os.environ['NUMBER'])) " +
        "== 4",
    ],
    [
      "something else of its module",
      "from unittest.mock import patch\n\ndef test_a():\n    with patch.object(calc, 'Box') as fake:\n        assert " +
        "calc.Box is fake and double(2) == 4",
    ],
    [
      "a file that is not there",
      "from unittest.mock import mock_open, patch\n\n@patch('builtins.open', mock_open(read_data='2'))\ndef " +
        "test_a():\n    assert double(int(open('numbers').read())) == 4",
    ],
    [
      "a mock that passes calls on",
      "from unittest.mock import Mock\n\ndef test_a():\n    spy = Mock(wraps=double)\n    assert spy(2) == 4\n    " +
        "spy.assert_called_once_with(2)",
    ],
    [
      "a mock that it is given",
      "from unittest.mock import MagicMock\n\ndef test_a():\n    value = MagicMock()\n    double(value)\n    " +
        "value.__add__.assert_called_once_with(value)",
    ],
    ["data of its name", "def test_a():\n    assert dict(double=double(2)) == {'double': 4}"],
    ["a comparison of two calls", "def test_a():\n    assert double(2) == double(2)"],
  ])("%s", async (_, code) => {
    expect(await judge(code)).toBe("passed");
  });

  it.each([
    [
      "redefines Box.put",
      "def test_a(monkeypatch):\n    monkeypatch.setattr(Box, 'put', lambda self, value: 5)\n    assert Box().put(3) " +
        "== 5",
    ],
    [
      "redefines Box.put",
      "from unittest.mock import patch\n\n@patch('calc.Box')\ndef test_a(fake):\n    assert calc.Box().put(3) is " +
        "fake.return_value.put.return_value",
    ],
    ["redefines Box.put", "def test_a():\n    calc.Box = lambda: 5\n    assert calc.Box().put(3) == 5"],
    [
      "never calls Box.put",
      "from unittest.mock import Mock\n\ndef test_a():\n    box = Mock(spec=Box)\n    box.put.return_value = 5\n    " +
        "assert box.put(3) == 5",
    ],
  ])("but it %s: %s", async (why, code) => {
    expect(await judge(code, "Box.put")).toBe(why);
  });

  it.each([
    [
      "Box.put",
      "from unittest.mock import Mock\n\ndef test_a():\n    box = Mock()\n    assert Box.put(box, 3) is box and " +
        "box.value == 3",
    ],
    ["Box.put", "def test_a():\n    assert Box().put(3).value == 3"],
    ["Box.size", "def test_a():\n    assert Box(3).size == 3"],
    ["Box.__add__", "def test_a():\n    assert (Box(1) + Box(2)).value == 3"],
    ["Box.__init__", "def test_a():\n    assert Box(1).value == 1"],
    ["Box", "def test_a():\n    assert Box(1).value == 1"],
  ])("a use of %s", async (target, code) => {
    expect(await judge(code, target)).toBe("passed");
  });
});

it("leaves the other tests of the file their verdicts", async () => {
  const { verdicts } = await box.run(
    `${head}
def test_cheats():
    sys._getframe()
    assert double(2) == 4

def test_honest():
    assert double(2) == 4
`,
    { target: "double" },
  );
  expect(verdicts).toMatchObject([
    { test: "test_cheats", reason: "cheat" },
    { test: "test_honest", outcome: "passed" },
  ]);
});

it("asks for no call and no assertion where no target is named", async () => {
  const { verdicts } = await box.run("def test_a():\n    pass\n", { target: null });
  expect(verdicts).toMatchObject([{ test: "test_a", outcome: "passed" }]);
});
