"""Runs a test file that is instrumented, in this process, and reports its tests and its claims."""

import ast
import copy
import os

from .. import moved, testing
from ..checks import tests_of, wanted_of
from . import instrument
from .claims import claims_of
from .edits import Editor
from .observer import Observer
from .readable import Writer
from .source import Source


def run(job, report, shown):
    """
    Writes what testing.run writes, and a line { observed } for every claim that a test came to. `job` is
    { code, nonce, skip, target, isMoved, isTwice }: twice, in the other order first, shows what a run leaves behind.
    Never returns.
    """
    if job["isTwice"]:
        moved.move_west()
    tree = ast.parse(job["code"])
    tests = dict(tests_of(tree))
    claims = claims_of(tree, tests, wanted_of(job["target"], tree))
    source = Source(job["code"])
    functions = list({id(claim.function): claim.function for claim in claims}.values())
    instrumented = ast.unparse(instrument.instrumented(tree, claims, functions))
    reporter = _Reporter(report, job, shown)
    folders = [folder for folder, _ in job["shown"]]
    names = _GlobalNames()
    observer = Observer(claims, Editor(source, Writer(names, folders)), job["source"], reporter.send)
    reporter.observer, reporter.names = observer, names
    instrument.hand_over(observer)
    testing.run({**job, "code": instrumented, "tests": None}, report, shown, reporter)


class _GlobalNames(dict):
    """Those of the module that is being run."""


class _Reporter(testing.Reporter):
    def __init__(self, report, job, shown):
        super().__init__(report, job, shown)
        self._is_twice = job["isTwice"]
        # An application looks for its templates where it runs.
        self._goes_elsewhere = job["isMoved"] and not job.get("files")
        self._again = set()
        self.observer = self.names = None

    def pytest_collection_modifyitems(self, items):
        super().pytest_collection_modifyitems(items)
        if self._is_twice:
            items[:] = [*reversed(items), *map(self._once_more, items)]

    def _once_more(self, item):
        other = copy.copy(item)
        other._initrequest()
        self._again.add(id(other))
        return other

    def pytest_collection_finish(self, session):
        if self._goes_elsewhere:
            os.chdir(os.environ["HOME"])
        super().pytest_collection_finish(session)

    def pytest_runtest_setup(self, item):
        self.names.clear()
        self.names.update(vars(item.module))
        callspec = getattr(item, "callspec", None)
        self.observer.start(dict(callspec.indices) if callspec is not None else {})
        self.observer.again = id(item) in self._again
