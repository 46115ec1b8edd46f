"""Starts the runner: confinement first, then the supervisor that serves requests."""

import json
import os
import signal
import sys

from . import bubblewrap, libc, namespaces, privileges, processes
from .backends import BACKENDS, unmet
from .supervisor import Supervisor


def main(text):
    """
    `config` is { backend, readable, paths, roots, source }: the folders that are visible, the folders for sys.path,
    those that the source is imported from, and all of it; { isInside: true } where bubblewrap has confined this process
    already. Answers one JSON line on stdout first: { ready: true } or { failed: reason }.
    """
    config = json.loads(text)
    backend = BACKENDS[config["backend"]]
    os.umask(0o022)
    if config.get("isInside", False):
        return _supervise(config, backend, os.getuid(), watcher=0)
    privileges.limit_core_files()
    try:
        reason = unmet(backend)
        if reason is not None:
            raise OSError(reason)
        user = privileges.FIRST_USER + os.getpid() if os.getuid() == 0 else os.getuid()
        if backend.namespaces == "bubblewrap":
            bubblewrap.become(config["readable"], user, {**_seen_from_inside(config), "isInside": True})
        libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 1)
        if backend.namespaces is not None:
            inside = _seen_from_inside(config)
            namespaces.enter(config["readable"], user, _how(backend))
            config = inside
    except OSError as error:
        return _fail(error)
    watcher = os.getpid()
    child = os.fork()
    if child == 0:
        os._exit(_supervise(config, backend, user, watcher))
    return _watch(child)


def _supervise(config, backend, user, watcher):
    try:
        # As the first process of a PID namespace it sees 0 as its parent.
        libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL if backend.namespaces else signal.SIGTERM)
        if os.getppid() not in (0, watcher):
            return 1
        libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 1)
        if backend.namespaces in ("user", "root"):
            namespaces.finish()
        supervisor = Supervisor(config, backend, user)
    except OSError as error:
        return _fail(error)
    return supervisor.serve()


def _watch(supervisor):
    """Stays outside: whatever ends the supervisor, nothing that it started is left."""
    null = os.open("/dev/null", os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(null, descriptor)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _, status = os.waitpid(supervisor, 0)
    processes.kill_descendants(os.getpid(), spare=())
    return os.waitstatus_to_exitcode(status) & 0xFF


def _seen_from_inside(config):
    folders = {name: list(map(namespaces.inside, config[name])) for name in ("readable", "paths", "roots")}
    shown = [(namespaces.inside(folder), name) for folder, name in config["shown"]]
    source = config["source"] and namespaces.inside(config["source"])
    return {**config, **folders, "source": source, "shown": shown}


def _how(backend):
    if backend.namespaces == "root":
        return "without-user-namespace"
    return "root" if os.getuid() == 0 else "user"


def _fail(error):
    reason = ": ".join(filter(None, [error.strerror or str(error), error.filename]))
    sys.stdout.write(json.dumps({"failed": reason}) + "\n")
    sys.stdout.flush()
    return 1
