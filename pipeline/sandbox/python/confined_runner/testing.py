"""Runs one test file with pytest in this process, and reports every test."""

import errno
import gc
import json
import os
import re
import tempfile

from . import measuring, replacement, session
from .applications import surroundings
from . import shown as shown_text

_RESOURCE_ERRNOS = {
    errno.ENOSPC,
    errno.EFBIG,
    errno.EMFILE,
    errno.ENFILE,
    errno.ENOMEM,
    errno.EAGAIN,
    errno.EDQUOT,
    errno.EROFS,
}


def run(job, report, shown, reporter=None):
    """
    Writes JSON lines to `report`: { collected: names }, { start: name }, { test, phase, ... }, { coverage } where it is
    asked for, and at the very end { done: nonce, finished: count }. Never returns.
    `job` is { code, nonce, skip: names }, and what is not always wanted: { tests: the only ones to run,
    until: "failure", replacement: { module, text }, coverage: target }. A reporter of another kind tells more.
    """
    gc.disable()  # until the tests begin: nothing that a session starts with is garbage
    with open(session.FILE, "w", encoding="utf-8", newline="\n") as file:
        file.write(_in_utf8(job["code"]))
    reporter = reporter or Reporter(report, job, shown)
    if job.get("replacement") and not _replace(job["replacement"], reporter):
        os._exit(0)
    surroundings.enter(job.get("coverage"))
    measurement = measuring.Measurement(job["coverage"]) if job.get("coverage") else None
    _SESSION[0].run(reporter)
    if measurement is not None:
        reporter.send({"coverage": measurement.result()})
    reporter.send({"done": job["nonce"], "finished": reporter.finished})
    os._exit(0)


class CollectedFile:
    """A test file that was collected once, to be run by forks of this process."""

    def __init__(self, job, shown):
        with open(session.FILE, "w", encoding="utf-8", newline="\n") as file:
            file.write(_in_utf8(job["code"]))
        self._nonce = job["nonce"]
        self._reporter = Reporter(os.open(os.devnull, os.O_WRONLY), job, shown)
        self.is_collected = _SESSION[0].collect(self._reporter)
        _SESSION[0].prepare_forks()

    def run(self, report, tests, until):
        """
        Runs tests by their names, or all of them where `tests` is None, and reports as the function `run` does. Never
        returns.
        """
        self._reporter.goes_on(report, until)
        is_wanted = lambda item: tests is None or _name(item) in tests
        self._reporter.send({"collected": [_name(item) for item in _SESSION[0].items if is_wanted(item)]})
        _SESSION[0].run_in_fork(is_wanted)
        self._reporter.send({"done": self._nonce, "finished": self._reporter.finished})
        os._exit(0)


def _in_utf8(code):
    """A text that was read already may still name the encoding that it was read by, in one of its first two lines."""
    return _COOKIE.sub(r"\1utf-8", code, count=1)


# PEP 263: in the first line, or in the second where the first is a comment or blank.
_COOKIE = re.compile(r"\A((?:[ \t\f]*(?:#[^\n]*)?\n)?[ \t\f]*#[^\n]*?coding[:=][ \t]*)[-\w.]+")


def warm_up():
    """Loads all that a session needs, and begins one for the children to come."""
    with tempfile.TemporaryDirectory() as folder:
        session.run_once(folder)
    _see_reports()
    _SESSION.append(session.Session())


_SESSION = []


def _replace(wanted, reporter):
    """Whether the module could be replaced; if not, the file as a whole fails, as if its import had."""
    try:
        replacement.install(wanted["module"], wanted["text"])
    except BaseException as error:
        reporter.send_failed_collection(error)
        return False
    return True


class Reporter:
    """A pytest plugin. Names are node ids below the file, without parameters: test_a, TestB::test_c."""

    def __init__(self, report, job, shown):
        self._report = report
        self._skip = set(job["skip"])
        self._only = set(job["tests"]) if job.get("tests") is not None else None
        self._until = job.get("until")
        self.shown = shown
        self.finished = 0
        self.only_doctests = False

    def goes_on(self, report, until):
        """In a fork, which reports by itself."""
        self._report, self._until = report, until

    def send(self, message):
        data = json.dumps(message).encode()
        os.write(self._report, data + b"\n")

    def send_failed_collection(self, error):
        self.send({"collect": {"reason": self.reason(error, "collect"), "detail": detail(error, self.shown)}})

    def pytest_collection_modifyitems(self, items):
        items[:] = [item for item in items if self._is_wanted(item)]

    def _is_wanted(self, item):
        if self.only_doctests and type(item).__name__ != "DoctestItem":
            return False
        return _name(item) not in self._skip and (self._only is None or _name(item) in self._only)

    def pytest_collection_finish(self, session):
        gc.enable()
        self.send({"collected": [_name(item) for item in session.items]})

    def pytest_runtest_logstart(self, nodeid):
        self.send({"start": _name_of(nodeid)})

    def pytest_runtest_logreport(self, report):
        if report.when == "teardown":
            self.finished += 1
            self.send({"end": _name_of(report.nodeid)})

    def pytest_exception_interact(self, node, call, report):
        if report.when != "collect":
            return
        error = call.excinfo.value
        self.send_failed_collection(error.__cause__ or error)

    def pytest_collectreport(self, report):
        if report.skipped and isinstance(report.longrepr, tuple):
            reason = report.longrepr[2].removeprefix("Skipped: ")
            self.send({"collect": {"reason": "skipped", "detail": shown_text.one_line(reason, self.shown)}})

    def pytest_runtest_makereport(self, item, call):
        """
        Around all others: only what pytest itself makes of a skip or an expected failure counts. Marked in
        _see_reports.
        """
        report = yield
        if error := self._error(call, report):
            if self._until == "failure" and error["reason"] != "skipped":
                item.session.shouldfail = "one is enough"
        if error or call.when == "call":
            self.send({"test": _name(item), "phase": call.when, "parameters": _parameters(item), "error": error})
        return report

    def _error(self, call, report):
        if report.passed:
            return None
        if report.skipped:
            return {"reason": "skipped", "detail": shown_text.one_line(_why_skipped(call, report), self.shown)}
        if call.excinfo is None:
            # A strict xfail that passes fails without an exception.
            return {"reason": "wrong-value", "detail": shown_text.one_line(str(report.longrepr), self.shown)}
        return {"reason": self.reason(call.excinfo.value, call.when), "detail": detail(call.excinfo.value, self.shown)}

    def reason(self, error, phase):
        return _reason(error, phase)


def _see_reports():
    """pytest itself is on the path only after this module was loaded."""
    import pytest

    Reporter.pytest_runtest_makereport = pytest.hookimpl(wrapper=True, tryfirst=True)(
        Reporter.pytest_runtest_makereport
    )


def _why_skipped(call, report):
    """What pytest shows with -rsx: the reason of the mark, or of the call that skipped."""
    if hasattr(report, "wasxfail"):
        expected = report.wasxfail.removeprefix("reason: ")
        return f"expected failure: {expected}" if expected else "expected failure"
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return str(call.excinfo.value) if call.excinfo else ""


def _reason(error, phase):
    if isinstance(error, MemoryError) or isinstance(error, OSError) and error.errno in _RESOURCE_ERRNOS:
        return "resource"
    if isinstance(error, RuntimeError) and str(error) == "can't start new thread":
        return "resource"
    if type(error).__name__ == "FixtureLookupError":
        return "fixture"
    # A module that the file imports, and that this Python cannot read, is no mistake of the tests.
    if isinstance(error, SyntaxError) and phase == "collect":
        return "syntax" if os.path.basename(error.filename or "") == session.FILE else "import"
    if isinstance(error, ImportError):
        return "import"
    if isinstance(error, NameError) and _raised_in_the_test(error):
        return "name"
    if phase in ("setup", "teardown"):
        return "fixture"
    # pytest.fail, and pytest.raises where nothing was raised, raise Failed.
    if isinstance(error, AssertionError) or type(error).__name__ == "Failed":
        return "wrong-value"
    return "raised"


def detail(error, shown):
    if type(error).__name__ == "FixtureLookupError":
        return shown_text.one_line(f"fixture {error.argname!r} not found", shown)
    return shown_text.exception(error, shown)


def _raised_in_the_test(error):
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return last is None or os.path.basename(last.tb_frame.f_code.co_filename) == session.FILE


def _name(item):
    return _name_of(item.nodeid)


def _name_of(nodeid):
    return nodeid.partition("::")[2].partition("[")[0]


def _parameters(item):
    _, opening, rest = item.nodeid.partition("[")
    return opening + rest
