"""Runs a test that a person wrote as it stands in its source, by what it was written for."""

import doctest
import importlib
import inspect
import os
import sys
import unittest

from . import testing
from .shown import one_line

_QUIET = (
    "--rootdir=.",
    "--confcutdir=.",
    "-q",
    "--tb=native",
    "--capture=fd",
    # Options of the project's may ask for plugins that are not here, or refuse what only warns.
    "-o",
    "addopts=",
    "-o",
    "required_plugins=",
    "-o",
    "minversion=",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:junitxml",
    "-p",
    "no:pastebin",
    "-p",
    "no:stepwise",
    "-p",
    "no:faulthandler",
)
_NO_SETTINGS = ("-c", "/dev/null")


def run(job, report, shown):
    """
    Reports as testing.run does, of one test. `job` is { by: "doctest" | "unittest" | "pytest" | "pytest-doctest",
    source: folder, path, nonce } with { module, qualifiedName, examples, of } for a doctest, { test } for the others,
    which is null for all tests of a file. Never returns.
    """
    name = job["test"] if "test" in job else f"{job['module']}.{job['qualifiedName']}"
    reporter = _Reporter(report, {"skip": [], "tests": None if name is None else [name]}, shown)
    os.chdir(job["source"])
    sys.path.append(job["source"])
    _WAYS[job["by"]](job, name, reporter)
    reporter.send({"done": job["nonce"], "finished": reporter.finished})
    os._exit(0)


class _Reporter(testing.Reporter):
    def reason(self, error, phase):
        # The source is there to be read: a test that writes beside itself cannot be judged.
        if isinstance(error, PermissionError):
            return "resource"
        return "wrong-value" if type(error).__name__ == "DocTestFailure" else super().reason(error, phase)

    def tell(self, name, error):
        """A test that another than pytest has run."""
        self.send({"collected": [name]})
        self.send({"start": name})
        self.send({"test": name, "phase": "call", "parameters": "", "error": error})
        self.finished += 1
        self.send({"end": name})

    def failed(self, error):
        return {"reason": self.reason(error, "call"), "detail": testing.detail(error, self.shown)}


def _by_pytest(job, name, reporter, *options):
    import pytest

    arguments = [*_QUIET, *options, job["path"]]
    if pytest.main(arguments, plugins=[reporter]) == pytest.ExitCode.USAGE_ERROR:
        pytest.main([*_NO_SETTINGS, *arguments], plugins=[reporter])


def _by_pytest_doctest(job, name, reporter):
    reporter.only_doctests = True
    _by_pytest(job, name, reporter, "--doctest-modules")


def _by_unittest(job, name, reporter):
    group, method = name.split("::")
    try:
        case = getattr(_import(job["path"]), group)(method)
    except BaseException as error:
        reporter.send_failed_collection(error)
        return
    result = _Result()
    unittest.TestSuite([case]).run(result)
    if result.error is not None:
        reporter.tell(name, reporter.failed(result.error))
    elif result.skipped or result.expectedFailures:
        reporter.tell(name, {"reason": "skipped", "detail": "skipped, or expected to fail"})
    else:
        unexpected = {"reason": "wrong-value", "detail": "Unexpected success"}
        reporter.tell(name, unexpected if result.unexpectedSuccesses else None)


class _Result(unittest.TestResult):
    """Keeps the first exception, and not its text."""

    error = None

    def addError(self, test, err):
        self.error = self.error or err[1]
        super().addError(test, err)

    def addFailure(self, test, err):
        self.error = self.error or err[1]
        super().addFailure(test, err)

    def addSubTest(self, test, subtest, err):
        self.error = self.error or (err and err[1])
        super().addSubTest(test, subtest, err)


def _import(path):
    """As pytest and unittest's discovery do: by its dotted name below the first folder that is no package."""
    folder, parts = os.path.dirname(path), [os.path.basename(path).removesuffix(".py")]
    while folder and os.path.exists(os.path.join(folder, "__init__.py")):
        parts.insert(0, os.path.basename(folder))
        folder = os.path.dirname(folder)
    sys.path.insert(0, os.path.abspath(folder))
    return importlib.import_module(".".join(parts))


def _by_doctest(job, name, reporter):
    try:
        module = importlib.import_module(job["module"])
        text = _documentation(module, job["qualifiedName"])
        test = doctest.DocTestParser().get_doctest(text, dict(vars(module)), name, job["path"], 0)
    except BaseException as error:
        reporter.send_failed_collection(error)
        return
    wanted = set(job["examples"] if len(test.examples) == job["of"] else range(len(test.examples)))
    runner = _Runner()
    runner.run(test, out=lambda text: None)
    errors = [error for number, error in runner.wrong if number in wanted]
    if errors:
        reporter.tell(name, errors[0](reporter))
    elif wanted & runner.tried:
        reporter.tell(name, None)
    else:
        reporter.tell(name, {"reason": "skipped", "detail": "none of its examples is run"})


class _Runner(doctest.DocTestRunner):
    """Notes which of the examples fail, by their place."""

    def __init__(self):
        super().__init__(verbose=False)
        self.tried, self.wrong = set(), []

    def report_start(self, out, test, example):
        self.tried.add(_place(example, test))

    def report_failure(self, out, test, example, got):
        text = f"expected {example.want.strip()!r}, got {got.strip()!r}"
        self.wrong.append(
            (
                _place(example, test),
                lambda reporter: {"reason": "wrong-value", "detail": one_line(text, reporter.shown)},
            )
        )

    def report_unexpected_exception(self, out, test, example, exc_info):
        self.wrong.append((_place(example, test), lambda reporter: reporter.failed(exc_info[1])))


def _place(example, test):
    return next(number for number, each in enumerate(test.examples) if each is example)


def _documentation(module, qualified_name):
    """The docstring of a definition, whatever its decorators have made of it."""
    found = module
    for name in qualified_name.split("."):
        found = inspect.getattr_static(found, name)
        found = getattr(found, "__func__", found)
    text = found.__doc__
    if not isinstance(text, str):
        raise LookupError(f"{qualified_name} has no docstring at run time")
    return text


_WAYS = {"doctest": _by_doctest, "unittest": _by_unittest, "pytest": _by_pytest, "pytest-doctest": _by_pytest_doctest}
