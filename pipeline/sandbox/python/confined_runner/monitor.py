"""Watches a run: its report, its end, and what its whole process tree uses."""

import os
import resource
import select
import time

from . import channel, processes

_FIRST_TICK, _LAST_TICK = 0.005, 0.02  # seconds between looks at the tree
_DISK_TICK = 0.1  # and at the disk, where it has no bound of its own
PROCESSES = 64
_BUFFERED_BYTES = 212_992  # what the kernel may hold for one socket, of which no process's size tells


def watch(report, control, requester, find, limits):
    """
    Until the zygote tells how the child ended, or the tree passes a limit.
    Answers { report: text, limit: null or its name, status: as the zygote told it, where it did }.
    `limits` is { cpu: seconds, idle: seconds, wall: seconds, memory: bytes }. Idle is the time in which nothing of
    the tree could have run: unlike the clock's, it does not grow when others keep the processors busy.
    """
    tree, tick = _Tree(find, limits, requester.is_disk_full), _FIRST_TICK
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(requester.stdin, select.POLLIN)
    if report is not None:
        poll.register(report, select.POLLIN)
    text = bytearray()
    while True:
        ready = {descriptor for descriptor, _ in poll.poll(tick * 1000)}
        if requester.stdin in ready:
            requester.read_ahead()
        if report in ready and not _read(report, text, requester.report_bytes):
            poll.unregister(report)
        if control.fileno() in ready:
            message, _ = channel.receive(control)
            if report is not None:
                _read(report, text, requester.report_bytes)
            return {"report": _decoded(text), "limit": _over_report(text, requester), **message}
        limit = _over_report(text, requester) or tree.passed_limit()
        if limit is not None:
            return {"report": _decoded(text), "limit": limit}
        tick = min(tick * 1.5, _LAST_TICK)


class _Tree:
    def __init__(self, find, limits, is_disk_full):
        self._find, self._limits, self._is_disk_full = find, limits, is_disk_full
        self._started = self._looked = time.monotonic()
        self._looked_at_disk = self._started
        self._idle = 0.0
        self._reaped_before = _reaped_cpu()

    def passed_limit(self):
        """The name of the limit that the tree has passed, or None."""
        processes.reap(())
        tree, limits = self._find(), self._limits
        now = time.monotonic()
        if all(map(processes.is_waiting, tree)):
            self._idle += now - self._looked
        self._looked = now
        cpu = sum(map(processes.cpu_seconds, tree)) + _reaped_cpu() - self._reaped_before
        used = {"cpu": cpu, "idle": self._idle, "wall": now - self._started}
        if len(tree) > PROCESSES:
            return "processes"
        most = limits["memory"] - _BUFFERED_BYTES * sum(map(processes.open_files, tree))
        if sum(map(processes.resident_bytes, tree)) > most and sum(map(processes.proportional_bytes, tree)) > most:
            return "memory"
        if now - self._looked_at_disk > _DISK_TICK:
            self._looked_at_disk = now
            if self._is_disk_full():
                return "disk"
        return next((name for name, seconds in used.items() if seconds > limits[name]), None)


def _reaped_cpu():
    """Of orphans that this process has waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _read(report, text, most):
    """Takes in what is there; False at the end."""
    try:
        while len(text) <= most:
            data = os.read(report, 1 << 16)
            if not data:
                return False
            text += data
    except BlockingIOError:
        pass
    return True


def _over_report(text, requester):
    return "report" if len(text) > requester.report_bytes else None


def _decoded(text):
    return text.decode("utf-8", "replace")
