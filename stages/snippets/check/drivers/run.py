"""
Runs the examples in the docstrings of a Python file, as doctest does. Exit code 40 where all give what they state, 41
with the first that does not, 43 where nothing can be told of them: none that a program of its own accord ends with.
"""

import doctest
import io
import sys
import types

OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


class FirstFailure(doctest.DocTestRunner):
    told = None

    def report_failure(self, out, test, example, got):
        self.tell(test, example, f"states {example.want.strip()!r}, gives {got.strip()!r}")

    def report_unexpected_exception(self, out, test, example, exc_info):
        self.tell(test, example, f"states {example.want.strip()!r}, raises {exc_info[0].__name__}: {exc_info[1]}")

    def tell(self, test, example, what):
        if self.told is None:
            self.told = f"line {(test.lineno or 0) + example.lineno + 1}: {what}"


def main(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    module = types.ModuleType("snippet")
    sys.modules["snippet"] = module
    try:
        exec(compile(text, path, "exec", dont_inherit=True), module.__dict__)
    except BaseException as error:
        return 43, f"it cannot be loaded: {type(error).__name__}: {error}"
    tests = [test for test in doctest.DocTestFinder().find(module, "snippet") if test.examples]
    if not tests:
        return 43, "no example is found in a docstring"
    runner = FirstFailure(optionflags=OPTIONS, verbose=False)
    for test in tests:
        runner.run(test, out=io.StringIO().write)
    return (40, "") if runner.told is None else (41, runner.told)


status, said = main(sys.argv[1])
print(said, file=sys.stderr)
sys.exit(status)
