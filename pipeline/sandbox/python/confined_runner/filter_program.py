"""Programs for the kernel's packet filter (classic BPF), which seccomp asks about every system call."""

import ctypes
import errno
import struct

from . import libc

SUPPORTED = ("x86_64", "aarch64")

_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32_BIT = 0x40000000
LOAD, JUMP_EQUAL, JUMP_GREATER_EQUAL, JUMP_SET, AND, RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_INSTRUCTION_BYTES = 8
_OFFSET_NUMBER, _OFFSET_ARCH, _OFFSET_ARGUMENTS = 0, 4, 16


def head():
    """Ends a foreign architecture's calls, x32's included, and leaves the call's number loaded."""
    program = [
        instruction(LOAD, _OFFSET_ARCH),
        instruction(JUMP_EQUAL, _AUDIT_ARCH[libc.MACHINE], 1, 0),
        instruction(RETURN, _KILL),
        instruction(LOAD, _OFFSET_NUMBER),
    ]
    if libc.MACHINE == "x86_64":
        program += [instruction(JUMP_GREATER_EQUAL, _X32_BIT, 0, 1), fail(errno.ENOSYS)]
    return program


def when(number, body):
    """The body where the call has this number; it must end in a return."""
    return [instruction(JUMP_EQUAL, number, 0, len(body)), *body]


def deny_if_equal(value):
    """Fails the call with EPERM where what is loaded is this value."""
    return [instruction(JUMP_EQUAL, value, 0, 1), fail(errno.EPERM)]


def fail(number):
    """Fails the call with this errno."""
    return instruction(RETURN, _ERRNO | number)


def load_argument(index, high=False):
    """Loads the lower half of an argument, or its upper one."""
    return instruction(LOAD, _OFFSET_ARGUMENTS + 8 * index + 4 * high)  # halves: both machines are little-endian


def instruction(code, value, if_true=0, if_false=0):
    """One step; jumps count the steps that they leave out."""
    return struct.pack("=HBBI", code, if_true, if_false, value)


def machine():
    """Place of this machine's numbers in the tables of system calls."""
    return SUPPORTED.index(libc.MACHINE)


def install(program):
    """Makes the kernel ask the program, of this process and its children, for good. Needs no_new_privs."""

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]

    # prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program)
    wanted = Program(len(program) // _INSTRUCTION_BYTES, program)
    libc.prctl(22, 2, ctypes.addressof(wanted))
