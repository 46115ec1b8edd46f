"""
Runs tests on one mutant after another, each in a fork of a process that has collected them once. What cannot be told
from what a child of its own would do is left to one.
"""

import gc
import json
import os
import select
import shutil
import signal
import sys
import time

from .. import libc, seccomp, testing
from . import jobs
from .quiet import is_quiet

BASELINE, CONTROL = -1, -2
_REPORT_BYTES = 1 << 20
_TICK = 0.02  # seconds between looks at a fork that does not end by itself
_SOON = 0.0005  # and at one that has told all, and is about to
_LONGEST = 10  # times as long on the clock as in CPU time: what takes longer waits for something


def run(job, report, shown):
    """
    Writes JSON lines to `report`: the mutants, as list_mutants does, and { run, report, status, limit, cpu } for each
    run: -1 the target as it is, then the mutants by their numbers, in order, until `enough` seem killed; and, where any
    does, -2 the target as it is once more: where that fails, something was left behind, and none of them counts. Ends
    early where a run would not be what it is in a child of its own. Never returns.
    """
    mutants = jobs.list_for(job)
    jobs.write_list(mutants, job, report)
    if mutants and job["tests"] and is_quiet(job["code"]):
        _Batch(job, report, shown).run(mutants[: job["limit"]])
    os._exit(0)


class _Batch:
    def __init__(self, job, report, shown):
        self._job, self._report = job, report
        loaded = set(sys.modules)
        self._file = testing.CollectedFile({**job, "skip": []}, shown)
        # A module of the source that only the tests load may have computed something with the target: with a mutant, in
        # a child of its own.
        self._is_usable = self._file.is_collected and not _of_source(set(sys.modules) - loaded, job["source"])
        self._folders = _Folders(job["writable"])
        self._collecting = time.process_time()
        gc.collect()
        gc.freeze()

    def run(self, mutants):
        if not self._is_usable:
            return
        baseline = self._run(BASELINE, None, None, self._job["cpu"])
        passed = _passed(baseline)
        if not passed:
            return
        budget = min(self._job["cpu"], self._job["least"] + self._job["times"] * (self._collecting + baseline["cpu"]))
        killed = 0
        for number, mutant in enumerate(mutants):
            end = self._run(number, mutant, passed, budget)
            if end is None:
                continue
            killed += _is_killed(end)
            if self._job["enough"] is not None and killed >= self._job["enough"]:
                break
        if killed:
            self._run(CONTROL, None, passed, budget)

    def _run(self, number, mutant, tests, budget):
        """How the run ended, as it is reported; None where it says nothing."""
        if not self._folders.are_as_before():
            return None
        end = _watched(*self._fork(mutant, tests), budget)
        if end is None:
            return None
        _write(self._report, json.dumps({"run": number, **end}).encode() + b"\n")
        return end

    def _fork(self, mutant, tests):
        reading, writing = os.pipe()
        above = os.getpid()
        pid = os.fork()
        if pid:
            os.close(writing)
            return pid, reading
        try:
            os.setsid()
            libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)
            os.close(reading)
            os.close(self._report)
            if self._job["isConfined"]:
                seccomp.protect((above,))
            if mutant is not None:
                mutant.apply()
            self._file.run(writing, tests, "failure" if mutant is not None and not self._job["every"] else None)
        finally:
            os._exit(1)


def _watched(pid, reading, budget):
    """{ report, status, limit, cpu } of a fork; None where it has waited for long, or told too much."""
    started, text, limit, is_open = time.monotonic(), bytearray(), None, True
    poll = select.poll()
    poll.register(reading, select.POLLIN)
    os.set_blocking(reading, False)
    try:
        while is_open or not _has_ended(pid):
            # The end of the pipe is the end of the fork, unless something that it has started goes on, or it has closed
            # it.
            ready = poll.poll(_TICK * 1000) if is_open else time.sleep(_SOON)
            if is_open and ready and not _read(reading, text):
                is_open = False
            if len(text) > _REPORT_BYTES or time.monotonic() - started > _LONGEST * budget:
                return None
            if not ready:
                if is_open and _has_ended(pid):
                    break
                if _cpu_seconds(pid) > budget:
                    limit = "cpu"
                    break
    finally:
        _kill(pid)
        _, status, used = os.wait4(pid, 0)
        os.close(reading)
    return {
        "report": text.decode("utf-8", "replace"),
        "status": os.waitstatus_to_exitcode(status),
        "limit": limit,
        "cpu": used.ru_utime + used.ru_stime,
    }


def _has_ended(pid):
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _read(descriptor, text):
    """Takes in what is there; False at the end."""
    try:
        while data := os.read(descriptor, 1 << 16):
            text += data
            if len(text) > _REPORT_BYTES:
                return True
        return False
    except BlockingIOError:
        return True


def _cpu_seconds(pid):
    """Of a process: the kernel makes the number of its clock of its pid (clock_getcpuclockid)."""
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0


def _kill(pid):
    """With what it has started, as far as that stays with it."""
    for kill in (os.killpg, os.kill):
        try:
            kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def _lines(end):
    return [json.loads(line) for line in end["report"].splitlines()] if end is not None and end["status"] == 0 else []


def _is_killed(end):
    return any(line["error"]["reason"] not in ("skipped", "resource") for line in _lines(end) if line.get("error"))


def _passed(end):
    lines = [line for line in _lines(end) if "test" in line]
    failed = {line["test"] for line in lines if line["error"] and line["error"]["reason"] != "skipped"}
    return {line["test"] for line in lines if line["phase"] == "call" and line["error"] is None} - failed


def _of_source(names, source):
    """Whether one of the modules stands in the source."""
    files = (getattr(sys.modules.get(name), "__file__", None) for name in names)
    return any(file and file.startswith(f"{source}{os.sep}") for file in files)


class _Folders:
    """What lies in the folders that tests may write to."""

    def __init__(self, folders):
        self._folders = folders
        self._before = self._seen()

    def are_as_before(self):
        """Whether nothing is there that a run has left, after what was left is taken away."""
        if self._seen() == self._before:
            return True
        for path in self._seen().keys() - self._before.keys():
            shutil.rmtree(path, ignore_errors=True) if os.path.isdir(path) and not os.path.islink(path) else _unlink(
                path
            )
        return self._seen() == self._before

    def _seen(self):
        found, waiting = {}, list(self._folders)
        while waiting and len(found) < _MOST_ENTRIES:
            try:
                entries = list(os.scandir(waiting.pop()))
            except OSError:
                continue
            for entry in entries:
                what = entry.stat(follow_symlinks=False)
                is_folder = entry.is_dir(follow_symlinks=False)
                found[entry.path] = None if is_folder else (what.st_ino, what.st_size, what.st_mtime_ns, what.st_mode)
                if is_folder:
                    waiting.append(entry.path)
        return found


_MOST_ENTRIES = 2000


def _unlink(path):
    try:
        os.unlink(path)
    except OSError:
        pass


def _write(descriptor, data):
    while data:
        data = data[os.write(descriptor, data) :]
