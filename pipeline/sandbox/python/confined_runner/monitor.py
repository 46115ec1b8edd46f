"""Watches a run: its report, its end, and what its whole process tree uses."""

import os
import resource
import select
import time

from . import channel, processes

_FIRST_TICK, _LAST_TICK = 0.005, 0.02  # seconds between looks at the tree
PROCESSES = 64


def watch(report, control, requester, find, limits):
    """
    Until the zygote tells how the child ended, or the tree passes a limit.
    Answers { report: text, limit: null or its name, status: as the zygote told it, where it did }.
    `limits` is { cpu: seconds, wall: seconds, memory: bytes }.
    """
    started, tick = time.monotonic(), _FIRST_TICK
    reaped_before = _reaped_cpu()
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
        limit = _over_report(text, requester) or _passed(find(), limits, started, reaped_before)
        if limit is not None:
            return {"report": _decoded(text), "limit": limit}
        tick = min(tick * 1.5, _LAST_TICK)


def _passed(tree, limits, started, reaped_before):
    processes.reap(())
    cpu = sum(map(processes.cpu_seconds, tree)) + _reaped_cpu() - reaped_before
    if cpu > limits["cpu"]:
        return "cpu"
    if len(tree) > PROCESSES:
        return "processes"
    if sum(map(processes.resident_bytes, tree)) > limits["memory"]:
        if sum(map(processes.proportional_bytes, tree)) > limits["memory"]:
            return "memory"
    if time.monotonic() - started > limits["wall"]:
        return "wall"
    return None


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
