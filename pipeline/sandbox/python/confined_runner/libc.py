"""Linux calls that Python's standard library does not offer (on every version from 3.10)."""

import ctypes
import os
import platform

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long

MACHINE = platform.machine()

# Numbers that differ between machines; all newer calls have one number everywhere.
_NUMBERS = {
    "x86_64": {"pivot_root": 155, "capset": 126},
    "aarch64": {"pivot_root": 41, "capset": 91},
}
MOUNT_SETATTR = 442

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_KEEPCAPS = 8
PR_CAPBSET_DROP = 24
PR_SET_SECUREBITS = 28
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
PR_CAP_AMBIENT_CLEAR_ALL = 4

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_NOSUID, MS_NODEV, MS_NOEXEC = 2, 4, 8
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
MNT_DETACH = 2

MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID, MOUNT_ATTR_NODEV = 1, 2, 4
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000


def syscall(name, *arguments):
    """The call's result; `name` is a number or one of the names above. Raises OSError."""
    number = name if isinstance(name, int) else _NUMBERS[MACHINE][name]
    return _checked(_libc.syscall(ctypes.c_long(number), *arguments), str(name))


def prctl(option, *arguments):
    padded = [ctypes.c_ulong(argument) for argument in (*arguments, 0, 0, 0, 0)[:4]]
    return _checked(_libc.prctl(ctypes.c_int(option), *padded), f"prctl({option})")


def unshare(flags):
    _checked(_libc.unshare(ctypes.c_int(flags)), "unshare")


def mount(source, target, filesystem=None, flags=0, data=None):
    _checked(
        _libc.mount(_bytes(source), _bytes(target), _bytes(filesystem), ctypes.c_ulong(flags), _bytes(data)),
        f"mount {target}",
    )


def unmount(target):
    _checked(_libc.umount2(_bytes(target), MNT_DETACH), f"umount {target}")


def mount_attributes(path, attributes, recursive):
    """Sets attributes of a mount (Linux 5.12), those below it included where `recursive`."""
    wanted = (ctypes.c_uint64 * 4)(attributes, 0, 0, 0)
    flags = _AT_RECURSIVE if recursive else 0
    syscall(MOUNT_SETATTR, _AT_FDCWD, _bytes(path), ctypes.c_uint(flags), ctypes.byref(wanted), ctypes.c_size_t(32))


def set_capabilities(capabilities):
    """Makes the set of capability numbers the permitted and effective one, and clears the inheritable one."""
    low = sum(1 << number for number in capabilities if number < 32)
    high = sum(1 << (number - 32) for number in capabilities if number >= 32)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    data = (ctypes.c_uint32 * 6)(low, low, low, high, high, high)
    if not capabilities:
        data = (ctypes.c_uint32 * 6)()
    syscall("capset", ctypes.byref(header), ctypes.byref(data))


def drop_bounding_set(keep=()):
    with open("/proc/sys/kernel/cap_last_cap") as file:
        last = int(file.read())
    for number in range(last + 1):
        if number not in keep:
            try:
                prctl(PR_CAPBSET_DROP, number)
            except PermissionError:
                return  # without CAP_SETPCAP: an ordinary user's process, which has nothing to bound


def _bytes(value):
    return None if value is None else os.fsencode(value)


def _checked(result, what):
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result
