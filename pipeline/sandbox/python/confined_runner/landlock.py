"""Landlock: which files a process may read and write, no TCP, no signals or abstract sockets to the outside."""

import ctypes
import os

from . import libc

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_RULE_PATH_BENEATH = 1
_ABI_QUERY = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_MAKE_CHAR, _MAKE_BLOCK = 1 << 6, 1 << 11
_TRUNCATE, _IOCTL_DEVICE = 1 << 14, 1 << 15
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_FILE_ONLY = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEVICE

# The access rights that each ABI knows: the number of bits in use.
_FS_BITS = {1: 13, 2: 14, 3: 15, 4: 15}
_FS_BITS_NEWEST = 16
_NET_TCP = 3
_SCOPE_ABSTRACT_SOCKET_AND_SIGNAL = 3

# The first ABI that keeps signals inside.
SCOPED = 6


def abi():
    """The kernel's Landlock ABI; 0 where there is none."""
    try:
        return libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_ABI_QUERY))
    except OSError:
        return 0


def restrict(readable, writable):
    """Confines this process and its children for good. Needs no_new_privs. Paths that do not exist are left out."""
    version = abi()
    handled = (1 << _FS_BITS.get(version, _FS_BITS_NEWEST)) - 1
    attributes = (ctypes.c_uint64 * 3)(
        handled,
        _NET_TCP if version >= 4 else 0,
        _SCOPE_ABSTRACT_SOCKET_AND_SIGNAL if version >= SCOPED else 0,
    )
    size = 24 if version >= SCOPED else 16 if version >= 4 else 8
    ruleset = libc.syscall(_CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(size), ctypes.c_uint32(0))
    for path in readable:
        _allow(ruleset, path, handled & _READ)
    for path in writable:
        _allow(ruleset, path, handled & ~(_MAKE_CHAR | _MAKE_BLOCK))
    libc.syscall(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    os.close(ruleset)


def _allow(ruleset, path, access):
    try:
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    if not os.path.isdir(path):
        access &= _FILE_ONLY
    rule = bytearray(access.to_bytes(8, "little") + folder.to_bytes(4, "little"))
    buffer = (ctypes.c_char * len(rule)).from_buffer(rule)
    libc.syscall(_ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(_RULE_PATH_BENEATH), buffer, ctypes.c_uint32(0))
    os.close(folder)
