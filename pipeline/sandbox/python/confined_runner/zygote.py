"""The warmed process: loads pytest and the source once, then forks a child for every job."""

import gc
import importlib
import os
import platform
import random
import signal
import site
import sys
import tempfile
import time
import traceback

from . import channel, commands, libc, moved, originals, privileges, recording, selftest, testing
from .applications import discovery, mirror, surroundings
from .mutation import batch, jobs as mutation
from .observing import job as observing


_PATIENCE = 20.0  # seconds


def main(control, config, backend, user, scratch):
    """Serves the supervisor until it goes. Never returns."""
    supervisor = os.getppid()
    try:
        _leave_the_supervisors_files(control)
        checker = config.get("checker")
        privileges.drop(backend, user, config["readable"], scratch, has_sockets=bool(checker and checker["sockets"]))
        libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != supervisor:
            os._exit(1)
        os.chdir(scratch.folder)
        os.environ.update(HOME=scratch.folder, TMPDIR=scratch.folder)
        tempfile.tempdir = None
        if config.get("isMoved"):
            moved.move_world()
        if not config["probe"] and checker is None:
            _load_pytest(config)
        tempfile.tempdir = None
        if config.get("isMoved"):
            moved.name_home(scratch.folder)
        os.chdir(
            "/usr" if config.get("isMoved") and os.path.isdir("/usr") else "/"
        )  # the folder is made anew for every child
        _settle()
        channel.send(control, {"ready": True, "python": platform.python_version()})
    except Exception:
        channel.send(control, {"failed": traceback.format_exc(limit=-1).strip().splitlines()[-1]})
        os._exit(1)
    try:
        while True:
            _serve(control, config, backend, user, scratch, supervisor)
    except channel.Closed:
        os._exit(0)


def _serve(control, config, backend, user, scratch, supervisor):
    message, descriptors = channel.receive(control)
    if "warm" in message:
        privileges.limit_processes(backend, user)
        surroundings.set_variables(message["variables"])
        for name in message["warm"]:
            _try_import(name)
        if message["mutants"] is not None:
            mutation.prepare(message["mutants"])
        if message["warm"]:
            _settle()
        else:
            gc.freeze()
        channel.send(control, {"status": 0})
        return
    child = _fork()
    if child == 0:
        control.close()
        _run(message["fork"], descriptors, config, backend, user, scratch, (supervisor, os.getppid()))
    for descriptor in descriptors:
        os.close(descriptor)
    channel.send(control, {"pid": child})
    _, status, used = os.wait4(child, 0)
    channel.send(
        control,
        {
            "status": os.waitstatus_to_exitcode(status),
            "cpu": used.ru_utime + used.ru_stime,
            "largest": used.ru_maxrss * 1024,
        },
    )


def _fork():
    """
    A child; waits where a user's other runner has taken up the processes that the user may have, until it is stopped.
    """
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            return os.fork()
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _run(job, descriptors, config, backend, user, scratch, guarded):
    """A child's life."""
    report, *outputs = descriptors
    is_command = job["job"] == "command"
    try:
        os.setsid()
        libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)
        os.chdir(scratch.folder)
        if is_command:
            privileges.limit_command(job["limits"])
        else:
            privileges.limit_child(job["limits"], _address_space())
        privileges.limit_processes(backend, user, is_command)
        privileges.drop_further(backend, config["readable"], scratch, guarded)
        # Chance is another under every hash seed, and the same each time under one: a verdict does not depend on luck.
        random.seed(int(os.environ.get("PYTHONHASHSEED", "0")))
        surroundings.set_variables(job.get("variables") or {})
        source, shown = config["source"], [(scratch.folder, "/tmp"), *config["shown"]]
        if config.get("isMoved"):
            moved.make_home()
        if is_command:
            commands.run({**job, "outputs": outputs}, report)
        if job.get("files"):
            surroundings.link_files(source, job["files"])
            source = mirror.enter(source, config["roots"], job["files"], scratch.folder)
            shown = [(source, config["shown"][0][1]), *shown]
        _JOBS[job["job"]](
            {
                **job,
                "source": source,
                "shown": config["shown"],
                "isMoved": config.get("isMoved", False),
                "writable": scratch.writable,
                "isConfined": backend.seccomp,
            },
            report,
            shown,
        )
    finally:
        os._exit(1)


_JOBS = {
    "tests": testing.run,
    "original": originals.run,
    "call": recording.run,
    "observe": observing.run,
    "discover": discovery.run,
    "mutants": mutation.list_mutants,
    "mutant": mutation.run_mutant,
    "batch": batch.run,
    "attack": selftest.run,
}


def _leave_the_supervisors_files(control):
    null = os.open("/dev/null", os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    kept = control.fileno()
    os.closerange(3, kept)
    os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX"))
    os.setsid()


def _load_pytest(config):
    # Python was started without `site`, so that no site-packages but the locked ones are on the path.
    for folder in (*config["paths"], *config["roots"]):
        os.listdir(folder)  # Python passes over what it may not read, and then finds no module
    site.setquit()
    site.setcopyright()
    sys.path.extend(config["paths"])
    testing.warm_up()
    sys.path[:0] = config["roots"]
    importlib.invalidate_caches()


def _settle():
    """Keeps collections in children from looking at, and so from copying, all that is loaded here."""
    gc.collect()
    gc.freeze()


def _try_import(name):
    try:
        importlib.import_module(name)
    except BaseException:
        pass  # the child that imports it again reports what is wrong


def _address_space():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
