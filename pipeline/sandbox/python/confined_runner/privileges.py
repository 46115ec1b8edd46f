"""Who the processes run as, and what they may use."""

import os
import resource

from . import landlock, libc, seccomp

# Ids that no account has; one a runner, so that process limits count it alone.
FIRST_USER = 1_000_000_000

_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH, _CAP_KILL = 1, 2, 5
_CAP_SYS_PTRACE, _CAP_SYS_ADMIN = 19, 21

_FILE_BYTES = 64 << 20
_OPEN_FILES = 256
_PROCESSES = 96
# Of a command, its threads among them: a Java machine starts some for every processor.
_COMMAND_PROCESSES = 512
_COMMAND_OPEN_FILES = 1024
# Where all runners of a user are counted as one: what one of them starts must not keep another from forking.
_PROCESSES_SHARED = 512


def limit_core_files():
    """To 1 byte: of 0 a machine's own handler of crashes is told all the same."""
    _limit(resource.RLIMIT_CORE, 1)


def keep_supervisors_own(backend):
    """What mounting, watching and killing need."""
    if backend.namespaces == "root":
        libc.set_capabilities({_CAP_SYS_ADMIN, _CAP_SYS_PTRACE, _CAP_KILL, _CAP_DAC_OVERRIDE})
    if backend.namespaces in ("bubblewrap", "container"):
        # It has no capability that would keep what runs under the same id from its memory.
        libc.prctl(libc.PR_SET_DUMPABLE, 0)


def drop(backend, user, readable, scratch, has_sockets=False):
    """Confines the zygote, which loads the source's code, and with it all of its children."""
    if not backend.seccomp:
        return
    libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
    if os.getuid() == 0:
        _become(user, keep={_CAP_DAC_READ_SEARCH} if backend.namespaces is None else set())
    else:
        libc.prctl(libc.PR_CAP_AMBIENT, libc.PR_CAP_AMBIENT_CLEAR_ALL)
        libc.drop_bounding_set()
        libc.set_capabilities(())
    libc.prctl(libc.PR_SET_DUMPABLE, 0)
    seccomp.deny_escapes(has_own_mounts=backend.namespaces is not None, has_sockets=has_sockets)
    if backend.landlock and backend.namespaces is None:
        landlock.restrict([*_SYSTEM, "/proc", *readable], [*_DEVICES, *map(os.path.dirname, scratch.writable)])


def drop_further(backend, readable, scratch, guarded):
    """
    Confines a child against the zygote and the supervisor, whose pids are `guarded`, and for its own folder alone.
    """
    if not backend.seccomp:
        return
    libc.prctl(libc.PR_SET_DUMPABLE, 1)  # so that the supervisor can read its size
    if backend.landlock:
        # Made for the namespace, with nothing of the machine's; without one, other processes' command lines are not
        # shown.
        own = ("/etc", "/proc") if backend.namespaces else ("/proc/self", *_MACHINE)
        landlock.restrict([*_SYSTEM, *own, *readable], [*_DEVICES, *scratch.writable])
    seccomp.protect(guarded)


def limit_child(limits, base_bytes):
    """Backstops, each a process's own; the monitor's limits hold for the whole tree and are tighter."""
    _limit(resource.RLIMIT_CPU, int(limits["cpu"]) + 2)
    _limit(resource.RLIMIT_FSIZE, _FILE_BYTES)
    _limit(resource.RLIMIT_NOFILE, _OPEN_FILES)
    _limit(resource.RLIMIT_AS, base_bytes + 4 * limits["memory"])


def limit_command(limits):
    """
    The same for a command. What it reserves is not bounded, since Java, Go and Node reserve many times what they use;
    what it could write to is (RLIMIT_DATA counts private writable pages, in use or not).
    """
    _limit(resource.RLIMIT_CPU, int(limits["cpu"]) + 2)
    _limit(resource.RLIMIT_FSIZE, limits["disk"])
    _limit(resource.RLIMIT_NOFILE, _COMMAND_OPEN_FILES)
    _limit(resource.RLIMIT_DATA, 4 * limits["memory"])


def limit_processes(backend, user, is_command=False):
    """Counts this user's processes; with a user namespace or a user of its own, only the runner's."""
    is_shared = os.getuid() == user and user < FIRST_USER and backend.namespaces is None
    most = _COMMAND_PROCESSES if is_command else _PROCESSES
    _limit(resource.RLIMIT_NPROC, max(most, _PROCESSES_SHARED) + _processes_of(user) if is_shared else most)


_SYSTEM = ("/usr", "/bin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache")
_MACHINE = ("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/filesystems", "/proc/version", "/proc/uptime")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


def _become(user, keep):
    libc.drop_bounding_set(keep)
    libc.prctl(libc.PR_SET_KEEPCAPS, 1 if keep else 0)
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    libc.set_capabilities(keep)
    for number in keep:
        libc.prctl(libc.PR_CAP_AMBIENT, libc.PR_CAP_AMBIENT_RAISE, number)


def _limit(kind, most):
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(kind, (most, most))


def _processes_of(user):
    found = 0
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and os.stat(f"/proc/{name}").st_uid == user:
                found += len(os.listdir(f"/proc/{name}/task"))
        except OSError:
            continue
    return found
