"""seccomp: system calls that no test needs and an escape would. What is not named stays allowed."""

import errno

from . import libc, system_calls
from .filter_program import (
    ALLOW,
    AND,
    JUMP_EQUAL,
    JUMP_SET,
    RETURN,
    deny_if_equal,
    fail,
    head,
    install,
    instruction,
    load_argument,
    machine,
    when,
)

_CLONE_NEW = 0x7E020000  # user, pid, net, mount, ipc, uts and cgroup namespaces
_AF_UNIX, _SOCK_STREAM, _SOCK_TYPE = 1, 1, 0xF
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
_IOCTL_TYPE, _TERMINALS_TYPE = 0xFF00, 0x5400
_RLIMIT_CORE = 4
# The kernel signals a file's owner on behalf of who named it. A lease makes others wait for the file.
_SETOWN_CALLS = (0x8901, 0x8902)  # ioctl: FIOSETOWN, SIOCSPGRP
_FCNTL_DENIED = (8, 10, 15, 1024, 1026)  # F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY


def deny_escapes(has_own_mounts, has_sockets=False):
    """Installs the filter for this process and its children. Needs no_new_privs."""
    install(escapes(has_own_mounts, has_sockets))


def escapes(has_own_mounts, has_sockets=False):
    """
    The filter, as the kernel takes it. `has_sockets`: unix sockets may be made, which takes mounts and a network of
    one's own, since sockets with a path pass Landlock and network namespaces.
    """
    denied = {
        **system_calls.DENIED,
        **({} if has_own_mounts else system_calls.METADATA),
        **({} if has_sockets else system_calls.SOCKETS),
    }
    by_argument = [
        *(_deny_but_unix(system_calls.SOCKETS) if has_sockets else []),
        *_deny_by_argument(has_own_mounts, has_sockets),
    ]
    return b"".join([*head(), *_deny_named(denied), *by_argument, instruction(RETURN, ALLOW)])


def protect(pids):
    """Forbids signals to the processes, to their groups and to everyone, and hiding from the monitor (dumpable)."""
    here = machine()
    guarded = [value & 0xFFFFFFFF for pid in pids for value in (pid, -pid)] + [-1 & 0xFFFFFFFF]
    program = head()
    for numbers in system_calls.SIGNALS.values():
        program += when(
            numbers[here],
            [
                load_argument(0),
                *[step for value in guarded for step in deny_if_equal(value)],
                instruction(RETURN, ALLOW),
            ],
        )
    program += when(
        system_calls.PRCTL[here],
        [
            load_argument(0),
            *deny_if_equal(libc.PR_SET_DUMPABLE),
            instruction(RETURN, ALLOW),
        ],
    )
    install(b"".join([*program, instruction(RETURN, ALLOW)]))


def _deny_named(calls):
    here = machine()
    numbers = [numbers[here] for numbers in calls.values() if numbers[here] is not None]
    return [step for number in numbers for step in deny_if_equal(number)]


def _deny_but_unix(calls):
    """Where the first argument is the family of a socket."""
    return [
        step
        for numbers in calls.values()
        for step in when(
            numbers[machine()],
            [
                load_argument(0),
                instruction(JUMP_EQUAL, _AF_UNIX, 1, 0),
                fail(errno.EAFNOSUPPORT),
                instruction(RETURN, ALLOW),
            ],
        )
    ]


def _deny_by_argument(has_own_mounts, has_sockets):
    here = machine()
    return [
        # Its flags lie in memory, which a filter cannot read; C libraries fall back to clone.
        instruction(JUMP_EQUAL, system_calls.CLONE3[here], 0, 1),
        fail(errno.ENOSYS),
        *when(
            system_calls.CLONE[here],
            [
                load_argument(0),
                instruction(JUMP_SET, _CLONE_NEW, 0, 1),
                fail(errno.EPERM),
                instruction(RETURN, ALLOW),
            ],
        ),
        # asyncio needs stream pairs; a datagram pair can be connected to a socket elsewhere.
        *when(
            system_calls.SOCKETPAIR[here],
            [
                load_argument(0),
                instruction(JUMP_EQUAL, _AF_UNIX, 1, 0),
                fail(errno.EPERM),
                *([] if has_sockets else _deny_but_streams()),
                instruction(RETURN, ALLOW),
            ],
        ),
        *when(
            system_calls.IOCTL[here],
            [
                load_argument(1),
                *[step for value in (_TIOCSTI, _TIOCLINUX, *_SETOWN_CALLS) for step in deny_if_equal(value)],
                *([] if has_own_mounts else _deny_file_attributes()),
                instruction(RETURN, ALLOW),
            ],
        ),
        *when(
            system_calls.FCNTL[here],
            [
                load_argument(1),
                *[step for value in _FCNTL_DENIED for step in deny_if_equal(value)],
                instruction(RETURN, ALLOW),
            ],
        ),
        *when(
            system_calls.SETRLIMIT[here],
            [
                load_argument(0),
                *deny_if_equal(_RLIMIT_CORE),
                instruction(RETURN, ALLOW),
            ],
        ),
        *[
            step
            for numbers, argument in system_calls.OTHERS.values()
            for step in when(
                numbers[here],
                [
                    load_argument(argument),
                    instruction(JUMP_EQUAL, 0, 1, 0),
                    fail(errno.EPERM),
                    *(_deny_core_size() if numbers == system_calls.OTHERS["prlimit64"][0] else []),
                    *(_deny_groups(numbers) if argument == 1 else []),
                    instruction(RETURN, ALLOW),
                ],
            )
        ],
    ]


def _deny_but_streams():
    return [
        load_argument(1),
        instruction(AND, _SOCK_TYPE),
        instruction(JUMP_EQUAL, _SOCK_STREAM, 1, 0),
        fail(errno.EPERM),
    ]


def _deny_file_attributes():
    """Flags, versions and seals of files are set through calls of other kinds than the terminals'."""
    return [instruction(AND, _IOCTL_TYPE), instruction(JUMP_EQUAL, _TERMINALS_TYPE, 1, 0), fail(errno.EPERM)]


def _deny_core_size():
    """Looking is allowed: there the new limit is a null pointer."""
    return [
        load_argument(1),
        instruction(JUMP_EQUAL, _RLIMIT_CORE, 0, 5),
        load_argument(2),
        instruction(JUMP_EQUAL, 0, 0, 2),
        load_argument(2, high=True),
        instruction(JUMP_EQUAL, 0, 1, 0),
        fail(errno.EPERM),
    ]


def _deny_groups(numbers):
    """Only the caller's own process: PRIO_PROCESS is 0, IOPRIO_WHO_PROCESS is 1."""
    process = 0 if numbers == system_calls.OTHERS["setpriority"][0] else 1
    return [load_argument(0), instruction(JUMP_EQUAL, process, 1, 0), fail(errno.EPERM)]
