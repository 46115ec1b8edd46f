"""bubblewrap as the confinement of the whole runner: it is started once, and starts the runner again inside."""

import json
import os
import shutil
import sys

from . import libc, namespaces, scratch, seccomp

_RUNNER = "/mnt/runner"
_HELD = "/tmp"
_PATH = "/usr/bin:/bin"


def find():
    """Absolute path of the command; None where it is not installed."""
    return shutil.which("bwrap", path=_PATH)


def become(readable, user, config):
    """
    Replaces this process by bubblewrap, as `user`, with the folders `readable`; inside, main.py gets `config`.
    Returns by an OSError alone; what bubblewrap itself cannot do it says on stderr, and ends.
    """
    runner = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    visible = [(path, namespaces.inside(path)) for path in namespaces.visible(readable)]
    places = [*visible, (runner, _RUNNER)]
    if os.getuid() == 0:
        places = _reachable_by_all(places)
        _give_up_root(user)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    command = [find(), *_arguments(places, readable, user, config.get("checker") or {}), "--", *_inside(config)]
    os.execv(command[0], command)


def _arguments(places, readable, user, checker):
    return [
        "--unshare-user",
        "--disable-userns",
        "--unshare-pid",
        "--unshare-net",
        "--unshare-ipc",
        "--unshare-uts",
        "--unshare-cgroup",
        "--hostname",
        "sandbox",
        "--cap-drop",
        "ALL",
        "--new-session",
        "--die-with-parent",
        "--as-pid-1",  # the supervisor is that, as under the other backends: what orphans it is its child
        *_each("--ro-bind", places),
        *_each("--dev-bind", [(device, device) for device in namespaces.DEVICES]),
        *_each(
            "--symlink", [(target, link) for link, target in (*namespaces.links(readable), *namespaces.DEVICE_LINKS)]
        ),
        *_each("--ro-bind-data", [(_pipe_with(text), path) for path, text in namespaces.accounts(user)]),
        "--proc",
        "/proc",
        *[part for folder in namespaces.SCRATCH for part in _scratch(folder, checker.get("disk", scratch.BYTES))],
        "--remount-ro",
        "/",
        "--chdir",
        "/",
        "--seccomp",
        _pipe_with(seccomp.escapes(has_own_mounts=True, has_sockets=checker.get("sockets", False))),
    ]


def _scratch(folder, most_bytes):
    return ["--perms", "1777", "--size", str(most_bytes), "--tmpfs", folder]


def _inside(config):
    return [namespaces.inside(sys.executable), "-s", "-S", "-B", f"{_RUNNER}/main.py", json.dumps(config)]


def _reachable_by_all(places):
    """The same places through mounts of this process alone: the path to one may be closed to all but root."""
    libc.unshare(libc.CLONE_NEWNS)
    libc.mount(None, "/", flags=libc.MS_REC | libc.MS_PRIVATE)
    held = [(os.open(path, os.O_PATH | os.O_CLOEXEC), where) for path, where in places]
    libc.mount("tmpfs", _HELD, "tmpfs", libc.MS_NOSUID | libc.MS_NODEV, "size=1m,mode=755")
    reachable = []
    for index, (descriptor, where) in enumerate(held):
        point = f"{_HELD}/{index}"
        namespaces.bind(descriptor, point)
        os.close(descriptor)
        reachable.append((point, where))
    return reachable


def _give_up_root(user):
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    libc.prctl(libc.PR_SET_DUMPABLE, 1)  # bubblewrap writes its maps through /proc/self


def _pipe_with(text):
    """A descriptor, as text, that bubblewrap reads this from. It is less than a pipe holds."""
    reading, writing = os.pipe()
    os.set_inheritable(reading, True)
    os.write(writing, text)
    os.close(writing)
    return str(reading)


def _each(option, pairs):
    return [part for pair in pairs for part in (option, *pair)]
