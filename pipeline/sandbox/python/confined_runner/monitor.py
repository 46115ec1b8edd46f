"""Watches a run: its report, its end, and what its whole process tree uses."""

import os
import resource
import select
import time

from . import channel, processes

_FIRST_TICK, _LAST_TICK = 0.005, 0.02  # seconds between looks at the tree
_DISK_TICK = 0.1  # and at the disk, where it has no bound of its own
PROCESSES = 64
_DATAGRAM, _DATAGRAMS = "0002", 11  # a socket's queue of 10, whoever sent them may be gone, and one on its way
_BUFFERED_BYTES = 212_992  # what the kernel may hold for one socket, of which no process's size tells


def watch(streams, control, requester, find, limits, measures_peak=False):
    """
    Until the zygote tells how the child ended, or the tree passes a limit; reads the `streams` meanwhile.
    Answers { limit: null or its name, seconds, peak: bytes that the tree was seen to use, and what the zygote told }.
    `limits` is { cpu: seconds, idle: seconds, wall: seconds, memory: bytes, processes: most at once, if not 64,
    sockets: whether there may be unix sockets }. Idle
    is the time in which nothing of the tree could have run: unlike the clock's, it does not grow when others keep the
    processors busy.
    """
    tree, tick = _Tree(find, limits, requester.is_disk_full, measures_peak), _FIRST_TICK
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(requester.stdin, select.POLLIN)
    for stream in streams:
        poll.register(stream.descriptor, select.POLLIN)
    while True:
        ready = {descriptor for descriptor, _ in poll.poll(tick * 1000)}
        if requester.stdin in ready:
            requester.read_ahead()
        for stream in streams:
            if stream.descriptor in ready and not stream.read():
                poll.unregister(stream.descriptor)
        if control.fileno() in ready:
            message, _ = channel.receive(control)
            for stream in streams:
                stream.read()
            return {"limit": _passed(streams), **tree.used(), **message}
        limit = _passed(streams) or tree.passed_limit()
        if limit is not None:
            return {"limit": limit, **tree.used()}
        tick = min(tick * 1.5, _LAST_TICK)


class Stream:
    """What a child writes into a pipe: the first `kept` bytes of it; it may write `most`."""

    def __init__(self, limit, kept, most):
        self.limit, self._kept, self._most = limit, kept, most
        self.descriptor, self.writing = os.pipe()
        os.set_blocking(self.descriptor, False)
        self._text = bytearray()
        self._written = 0

    def read(self):
        """Takes in what is there; False at the end."""
        try:
            while self._written <= self._most:
                data = os.read(self.descriptor, 1 << 16)
                if not data:
                    return False
                self._written += len(data)
                self._text += data[: self._kept - len(self._text)]
        except BlockingIOError:
            pass
        return True

    def is_over(self):
        return self._written > self._most

    def is_cut(self):
        """Whether it has written more than was kept."""
        return self._written > len(self._text)

    def text(self):
        return self._text.decode("utf-8", "replace")

    def close(self):
        os.close(self.descriptor)


class _Tree:
    def __init__(self, find, limits, is_disk_full, measures_peak):
        self._find, self._limits, self._is_disk_full = find, limits, is_disk_full
        self._started = self._looked = time.monotonic()
        self._looked_at_disk = self._started
        self._idle = 0.0
        self._reaped_before = _reaped_cpu()
        self._measures_peak = measures_peak
        self._peak = self._most_resident = 0

    def used(self):
        return {"seconds": time.monotonic() - self._started, "peak": self._peak}

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
        if len(tree) > limits.get("processes", PROCESSES):
            return "processes"
        most = limits["memory"] - _BUFFERED_BYTES * sum(map(processes.open_files, tree))
        if limits.get("sockets"):
            most -= _held_by_sockets()
        resident = sum(map(processes.resident_bytes, tree))
        if self._measures_peak and resident > 1.02 * self._most_resident:
            self._most_resident = resident
            self._peak = max(self._peak, sum(map(processes.proportional_bytes, tree)))
        if resident > most and sum(map(processes.proportional_bytes, tree)) > most:
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


def _held_by_sockets():
    """
    Most bytes that the kernel may hold for the unix sockets of this network, those included that wait to be accepted
    and that no process has open any more.
    """
    with open("/proc/net/unix") as file:
        next(file)
        kinds = [line.split(maxsplit=5)[4] for line in file]
    return _BUFFERED_BYTES * sum(_DATAGRAMS if kind == _DATAGRAM else 1 for kind in kinds)


def _passed(streams):
    return next((stream.limit for stream in streams if stream.is_over()), None)
