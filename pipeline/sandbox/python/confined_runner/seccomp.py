"""seccomp: system calls that no test needs and an escape would. What is not named here stays allowed."""

import ctypes
import errno
import struct

from . import libc

SUPPORTED = ("x86_64", "aarch64")

_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32_BIT = 0x40000000

# name: (x86_64, aarch64); None where a machine has no such call.
_DENIED = {
    # other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),  # any open /proc/PID serves it as well as what pidfd_open gives
    # namespaces and mounts
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "open_tree_attr": (467, 467),
    "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    # memory that no process's size shows
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "mlock": (149, 228),
    "mlock2": (325, 284),
    "mlockall": (151, 230),
    "setsockopt": (54, 208),  # a pair's buffers stay as small as the monitor takes them to be
    # what outlives its process, and what others of the same user have made
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "msgget": (68, 186),
    "msgsnd": (69, 189),
    "msgrcv": (70, 188),
    "msgctl": (71, 187),
    "semget": (64, 190),
    "semop": (65, 193),
    "semtimedop": (220, 192),
    "semctl": (66, 191),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    # doors into the kernel
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "fanotify_init": (300, 262),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "syslog": (103, 116),
    "personality": (135, 92),
    "iopl": (172, None),
    "ioperm": (173, None),
    "modify_ldt": (154, None),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "vhangup": (153, 58),
}
# Network: no socket at all, or unix sockets alone.
_SOCKETS = {"socket": (41, 198)}
# What changes a file's facts, which Landlock lets pass: only where no mount is read-only.
_METADATA = {
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "setxattrat": (463, 463),
    "removexattrat": (466, 466),
    "file_setattr": (469, 469),
}
_CLONE, _CLONE3, _SOCKETPAIR, _IOCTL, _PRCTL = (56, 220), (435, 435), (53, 199), (16, 29), (157, 167)
_FCNTL, _SETRLIMIT = (72, 25), (160, 164)
# Calls that change how a process runs, by the argument that names it: 0 is the caller, and only that is let through.
_OTHERS = {
    "prlimit64": ((302, 261), 0),
    "sched_setaffinity": ((203, 122), 0),
    "sched_setscheduler": ((144, 119), 0),
    "sched_setparam": ((142, 118), 0),
    "sched_setattr": ((314, 274), 0),
    "setpriority": ((141, 140), 1),
    "ioprio_set": ((251, 30), 1),
}
# Calls whose first argument is the process (or group) that they act on.
_SIGNALS = {
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434),
}

_CLONE_NEW = 0x7E020000  # user, pid, net, mount, ipc, uts and cgroup namespaces
_AF_UNIX, _SOCK_STREAM, _SOCK_TYPE = 1, 1, 0xF
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
_IOCTL_TYPE, _TERMINALS_TYPE = 0xFF00, 0x5400
_RLIMIT_CORE = 4
# The kernel signals a file's owner on behalf of who named it. A lease makes others wait for the file.
_SETOWN_CALLS = (0x8901, 0x8902)  # ioctl: FIOSETOWN, SIOCSPGRP
_FCNTL_DENIED = (8, 10, 15, 1024, 1026)  # F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY

_LOAD, _JUMP_EQUAL, _JUMP_GREATER_EQUAL, _JUMP_SET, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_INSTRUCTION_BYTES = 8
_OFFSET_NUMBER, _OFFSET_ARCH, _OFFSET_ARGUMENTS = 0, 4, 16


def deny_escapes(has_own_mounts, has_sockets=False):
    """Installs the filter for this process and its children. Needs no_new_privs."""
    _install(escapes(has_own_mounts, has_sockets))


def escapes(has_own_mounts, has_sockets=False):
    """
    The filter, as the kernel takes it. `has_sockets`: unix sockets may be made, which takes mounts and a network of
    one's own, since sockets with a path pass Landlock and network namespaces.
    """
    denied = {**_DENIED, **({} if has_own_mounts else _METADATA), **({} if has_sockets else _SOCKETS)}
    by_argument = [
        *(_deny_but_unix(_SOCKETS) if has_sockets else []),
        *_deny_by_argument(has_own_mounts, has_sockets),
    ]
    return b"".join([*_head(), *_deny_named(denied), *by_argument, _instruction(_RETURN, _ALLOW)])


def protect(pids):
    """Forbids signals to the processes, to their groups and to everyone, and hiding from the monitor (dumpable)."""
    machine = _machine()
    guarded = [value & 0xFFFFFFFF for pid in pids for value in (pid, -pid)] + [-1 & 0xFFFFFFFF]
    program = _head()
    for numbers in _SIGNALS.values():
        program += _when(
            numbers[machine],
            [
                _load_argument(0),
                *[step for value in guarded for step in _deny_if_equal(value)],
                _instruction(_RETURN, _ALLOW),
            ],
        )
    program += _when(
        _PRCTL[machine],
        [
            _load_argument(0),
            *_deny_if_equal(libc.PR_SET_DUMPABLE),
            _instruction(_RETURN, _ALLOW),
        ],
    )
    _install(b"".join([*program, _instruction(_RETURN, _ALLOW)]))


def _head():
    """Ends a foreign architecture's calls, x32's included, and leaves the call's number loaded."""
    program = [
        _instruction(_LOAD, _OFFSET_ARCH),
        _instruction(_JUMP_EQUAL, _AUDIT_ARCH[libc.MACHINE], 1, 0),
        _instruction(_RETURN, _KILL),
        _instruction(_LOAD, _OFFSET_NUMBER),
    ]
    if libc.MACHINE == "x86_64":
        program += [_instruction(_JUMP_GREATER_EQUAL, _X32_BIT, 0, 1), _fail(errno.ENOSYS)]
    return program


def _deny_named(calls):
    machine = _machine()
    numbers = [numbers[machine] for numbers in calls.values() if numbers[machine] is not None]
    return [step for number in numbers for step in _deny_if_equal(number)]


def _deny_but_unix(calls):
    """Where the first argument is the family of a socket."""
    return [
        step
        for numbers in calls.values()
        for step in _when(
            numbers[_machine()],
            [
                _load_argument(0),
                _instruction(_JUMP_EQUAL, _AF_UNIX, 1, 0),
                _fail(errno.EAFNOSUPPORT),
                _instruction(_RETURN, _ALLOW),
            ],
        )
    ]


def _deny_by_argument(has_own_mounts, has_sockets):
    machine = _machine()
    return [
        # Its flags lie in memory, which a filter cannot read; C libraries fall back to clone.
        _instruction(_JUMP_EQUAL, _CLONE3[machine], 0, 1),
        _fail(errno.ENOSYS),
        *_when(
            _CLONE[machine],
            [
                _load_argument(0),
                _instruction(_JUMP_SET, _CLONE_NEW, 0, 1),
                _fail(errno.EPERM),
                _instruction(_RETURN, _ALLOW),
            ],
        ),
        # asyncio needs stream pairs; a datagram pair can be connected to a socket elsewhere.
        *_when(
            _SOCKETPAIR[machine],
            [
                _load_argument(0),
                _instruction(_JUMP_EQUAL, _AF_UNIX, 1, 0),
                _fail(errno.EPERM),
                *([] if has_sockets else _deny_but_streams()),
                _instruction(_RETURN, _ALLOW),
            ],
        ),
        *_when(
            _IOCTL[machine],
            [
                _load_argument(1),
                *[step for value in (_TIOCSTI, _TIOCLINUX, *_SETOWN_CALLS) for step in _deny_if_equal(value)],
                *([] if has_own_mounts else _deny_file_attributes()),
                _instruction(_RETURN, _ALLOW),
            ],
        ),
        *_when(
            _FCNTL[machine],
            [
                _load_argument(1),
                *[step for value in _FCNTL_DENIED for step in _deny_if_equal(value)],
                _instruction(_RETURN, _ALLOW),
            ],
        ),
        *_when(
            _SETRLIMIT[machine],
            [
                _load_argument(0),
                *_deny_if_equal(_RLIMIT_CORE),
                _instruction(_RETURN, _ALLOW),
            ],
        ),
        *[
            step
            for numbers, argument in _OTHERS.values()
            for step in _when(
                numbers[machine],
                [
                    _load_argument(argument),
                    _instruction(_JUMP_EQUAL, 0, 1, 0),
                    _fail(errno.EPERM),
                    *(_deny_core_size() if numbers == _OTHERS["prlimit64"][0] else []),
                    *(_deny_groups(numbers) if argument == 1 else []),
                    _instruction(_RETURN, _ALLOW),
                ],
            )
        ],
    ]


def _deny_but_streams():
    return [
        _load_argument(1),
        _instruction(_AND, _SOCK_TYPE),
        _instruction(_JUMP_EQUAL, _SOCK_STREAM, 1, 0),
        _fail(errno.EPERM),
    ]


def _deny_file_attributes():
    """Flags, versions and seals of files are set through calls of other kinds than the terminals'."""
    return [_instruction(_AND, _IOCTL_TYPE), _instruction(_JUMP_EQUAL, _TERMINALS_TYPE, 1, 0), _fail(errno.EPERM)]


def _deny_core_size():
    """Looking is allowed: there the new limit is a null pointer."""
    return [
        _load_argument(1),
        _instruction(_JUMP_EQUAL, _RLIMIT_CORE, 0, 5),
        _load_argument(2),
        _instruction(_JUMP_EQUAL, 0, 0, 2),
        _load_argument(2, high=True),
        _instruction(_JUMP_EQUAL, 0, 1, 0),
        _fail(errno.EPERM),
    ]


def _deny_groups(numbers):
    """Only the caller's own process: PRIO_PROCESS is 0, IOPRIO_WHO_PROCESS is 1."""
    process = 0 if numbers == _OTHERS["setpriority"][0] else 1
    return [_load_argument(0), _instruction(_JUMP_EQUAL, process, 1, 0), _fail(errno.EPERM)]


def _when(number, body):
    """The body where the call has this number; it must end in a return."""
    return [_instruction(_JUMP_EQUAL, number, 0, len(body)), *body]


def _deny_if_equal(value):
    return [_instruction(_JUMP_EQUAL, value, 0, 1), _fail(errno.EPERM)]


def _fail(number):
    return _instruction(_RETURN, _ERRNO | number)


def _load_argument(index, high=False):
    return _instruction(_LOAD, _OFFSET_ARGUMENTS + 8 * index + 4 * high)  # halves: both machines are little-endian


def _instruction(code, value, if_true=0, if_false=0):
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _machine():
    return SUPPORTED.index(libc.MACHINE)


def _install(program):
    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]

    # prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program)
    wanted = Program(len(program) // _INSTRUCTION_BYTES, program)
    libc.prctl(22, 2, ctypes.addressof(wanted))
