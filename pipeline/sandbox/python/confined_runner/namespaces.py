"""A root of its own: interpreter, environment and source, read-only, and nothing else of this machine."""

import os
import socket

from . import libc

DEVICES = tuple(f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom"))
DEVICE_LINKS = (
    ("/dev/fd", "/proc/self/fd"),
    ("/dev/stdin", "/proc/self/fd/0"),
    ("/dev/stdout", "/proc/self/fd/1"),
    ("/dev/stderr", "/proc/self/fd/2"),
)
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/alternatives")
_NEW_ROOT = "/tmp"

SCRATCH = ("/tmp", "/dev/shm")


def enter(readable, user, as_root):
    """
    Moves this process into namespaces of its own: root, network, IPC, host name, and for its next child processes.
    `user` is the id it runs under from here on. `as_root` without user namespaces needs CAP_SYS_ADMIN.
    """
    if as_root != "without-user-namespace":
        _enter_with_user_namespace(readable, user, as_root == "root")
    else:
        libc.unshare(libc.CLONE_NEWNS)
        _change_root(readable, user)
        libc.unshare(_ISOLATED & ~libc.CLONE_NEWUSER)


_ISOLATED = (
    libc.CLONE_NEWUSER
    | libc.CLONE_NEWNS
    | libc.CLONE_NEWPID
    | libc.CLONE_NEWNET
    | libc.CLONE_NEWIPC
    | libc.CLONE_NEWUTS
    | libc.CLONE_NEWCGROUP
)


def _enter_with_user_namespace(readable, user, is_root):
    if is_root:
        # The true root can bind what only it can reach; it is given up straight after.
        libc.unshare(libc.CLONE_NEWNS)
        _change_root(readable, user)
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
        libc.prctl(libc.PR_SET_DUMPABLE, 1)
    else:
        libc.unshare(libc.CLONE_NEWUSER | libc.CLONE_NEWNS)
        _map_self(user)
        _change_root(readable, user)
    # A second user namespace locks the mounts: nothing inside can make them writable or take them away.
    libc.unshare(_ISOLATED)
    _map_self(user)


def inside(path):
    """
    Where a path of this machine is found in the namespace: what lies in a scratch folder, which is made anew,
    elsewhere.
    """
    real = os.path.realpath(path)
    if any(real.startswith(f"{folder}/") for folder in SCRATCH):
        return f"/mnt{real}"
    return path


def finish():
    """What only the first process of the PID namespace can do."""
    libc.mount("proc", "/proc", "proc", libc.MS_NOSUID | libc.MS_NODEV | libc.MS_NOEXEC, "hidepid=ptraceable")
    socket.sethostname("sandbox")


def fresh_scratch(bytes_each, files):
    """Empty /tmp and /dev/shm, whatever was there."""
    for folder in SCRATCH:
        libc.unmount(folder)
        _mount_scratch(folder, bytes_each, files)


def first_scratch(bytes_each, files):
    for folder in SCRATCH:
        _mount_scratch(folder, bytes_each, files)


def _mount_scratch(folder, bytes_each, files):
    options = f"size={bytes_each},nr_inodes={files},mode=1777"
    libc.mount("tmpfs", folder, "tmpfs", libc.MS_NOSUID | libc.MS_NODEV, options)


def _map_self(user):
    with open("/proc/self/setgroups", "w") as file:
        file.write("deny")
    for kind in ("uid", "gid"):
        with open(f"/proc/self/{kind}_map", "w") as file:
            file.write(f"{user} {user} 1")


def _change_root(readable, user):
    libc.mount(None, "/", flags=libc.MS_REC | libc.MS_PRIVATE)
    # Held open: the new root may hide the path that leads to them.
    sources = [(inside(path), os.open(path, os.O_PATH | os.O_CLOEXEC)) for path in visible(readable)]
    devices = [(path, os.open(path, os.O_PATH | os.O_CLOEXEC)) for path in DEVICES]
    processes = os.open("/proc", os.O_PATH | os.O_CLOEXEC)
    libc.mount("tmpfs", _NEW_ROOT, "tmpfs", libc.MS_NOSUID | libc.MS_NODEV, "size=1m,mode=755")
    os.chdir(_NEW_ROOT)
    for folder in ("tmp", "dev/shm", "proc", "etc"):
        os.makedirs(folder)
    for path, descriptor in sources:
        bind(descriptor, path.lstrip("/"))
        libc.mount_attributes(
            path.lstrip("/"),
            libc.MOUNT_ATTR_RDONLY | libc.MOUNT_ATTR_NOSUID | libc.MOUNT_ATTR_NODEV,
            recursive=True,
        )
    for path, descriptor in devices:
        bind(descriptor, path.lstrip("/"))
        libc.mount_attributes(path.lstrip("/"), libc.MOUNT_ATTR_NOSUID, recursive=True)
    for link, target in (*links(readable), *DEVICE_LINKS):
        os.makedirs(os.path.dirname(link.lstrip("/")) or ".", exist_ok=True)
        os.symlink(target, link.lstrip("/"))
    for path, text in accounts(user):
        with open(path.lstrip("/"), "wb") as file:
            file.write(text)
    # A namespace may mount its own /proc only where it sees a whole one; it is mounted over this.
    libc.mount(f"/proc/self/fd/{processes}", "proc", flags=libc.MS_BIND | libc.MS_REC)
    for descriptor in (processes, *(held for _, held in (*sources, *devices))):
        os.close(descriptor)
    libc.syscall("pivot_root", b".", b".")
    libc.unmount(".")
    os.chdir("/")
    libc.mount_attributes("/", libc.MOUNT_ATTR_RDONLY, recursive=False)


def bind(descriptor, point):
    """Shows an open file or folder at `point` too, which is made where it does not exist."""
    if os.path.isdir(f"/proc/self/fd/{descriptor}"):
        os.makedirs(point, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(point), exist_ok=True)
        open(point, "x").close()
    libc.mount(f"/proc/self/fd/{descriptor}", point, flags=libc.MS_BIND | libc.MS_REC)


def visible(readable):
    """Real paths of what is bound, none below another."""
    system = [path for path in (*_SYSTEM, *_SYSTEM_FILES) if os.path.exists(path)]
    real = sorted({os.path.realpath(path) for path in (*system, *readable)})
    kept = []
    for path in real:
        if not any(path == above or path.startswith(f"{above}/") for above in kept):
            kept.append(path)
    return kept


def links(readable):
    """Symbolic links, with their targets, that lead to what is bound: /lib, a virtual environment's folder."""
    bound, found = visible(readable), {}
    for path in (*_SYSTEM, *_SYSTEM_FILES, *readable):
        link, target = inside(path), inside(os.path.realpath(path))
        is_within = any(path.startswith(f"{above}/") for above in (*bound, *found))
        if link != target and os.path.exists(path) and not is_within:
            found[link] = target
    return list(found.items())


def accounts(user):
    """Paths with the bytes of what a program asks about users and hosts."""
    return [
        ("/etc/passwd", f"root:x:0:0::/:/bin/false\nsandbox:x:{user}:{user}::/tmp:/bin/false\n".encode()),
        ("/etc/group", f"root:x:0:\nsandbox:x:{user}:\n".encode()),
        ("/etc/hosts", b"127.0.0.1 localhost\n"),
        ("/etc/nsswitch.conf", b"passwd: files\ngroup: files\nhosts: files\n"),
    ]
