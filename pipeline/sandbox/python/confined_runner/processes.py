"""What /proc tells of a tree of processes, and its end."""

import os
import signal
import time

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")
_KILLING = 10.0  # seconds; others may keep the processors busy


class Unkillable(Exception):
    """Processes that came back as fast as they were killed."""


def all_but(spared):
    """Every process that this PID namespace shows, but for the spared ones."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) not in spared]


def descendants(root, spared):
    """Processes below the root, children of the spared ones included, the spared ones not."""
    found, waiting = [], [root]
    while waiting:
        for child in _children(waiting.pop()):
            waiting.append(child)
            if child not in spared:
                found.append(child)
    return found


def cpu_seconds(pid):
    """User and system time, with that of children that it has waited for; 0 where it has ended."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rsplit(b")", 1)[1].split()
    except (OSError, IndexError):
        return 0.0
    return sum(int(field) for field in fields[11:15]) / _TICKS


def is_waiting(pid):
    """Whether none of its threads runs, could run, or waits for a disk."""
    try:
        states = []
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/stat", "rb") as file:
                states.append(file.read().rsplit(b")", 1)[1].split()[0])
    except (OSError, IndexError):
        return True
    return not any(state in (b"R", b"D") for state in states)


def resident_bytes(pid):
    """Pages in memory, those shared with other processes counted whole."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def proportional_bytes(pid):
    """Pages in memory, those shared by n processes counted as 1/n."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            for line in file:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return resident_bytes(pid)


def open_files(pid):
    """Descriptors that it holds; 0 where it has ended."""
    try:
        folder = f"/proc/{pid}/fd"
        return os.stat(folder).st_size or len(os.listdir(folder))  # the size is told from Linux 6.2 on
    except OSError:
        return 0


def kill_all(find):
    """Kills what `find` finds until it finds nothing. Zombies of other parents count as gone."""
    deadline = time.monotonic() + _KILLING
    while alive := [pid for pid in find() if _is_alive(pid)]:
        # Stopped first: a process that forks faster than it is killed would never end.
        for pid in (*alive, *alive):
            _signal(pid, signal.SIGSTOP)
        for pid in find():
            _signal(pid, signal.SIGKILL)
        if time.monotonic() > deadline:
            raise Unkillable
        time.sleep(0.0005)


def kill_descendants(root, spare):
    kill_all(lambda: descendants(root, spare))
    reap(())


def reap(spared):
    """Collects ended children; answers those of `spared` that have ended too."""
    ended = []
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if pid == 0:
            return ended
        if pid in spared:
            ended.append(pid)


def _children(pid):
    try:
        found = []
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", "rb") as file:
                found += [int(child) for child in file.read().split()]
        return found
    except OSError:
        return []


def _is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rsplit(b")", 1)[1].split()[0] not in (b"Z", b"X")
    except (OSError, IndexError):
        return False


def _signal(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass
