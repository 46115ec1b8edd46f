"""The mechanisms of each backend. Order and meaning: pipeline/sandbox/backends.ts."""

import os
from dataclasses import dataclass

from . import bubblewrap, filter_program, landlock, libc


@dataclass(frozen=True)
class Backend:
    #: None, "user" (with a user namespace), "root" (without one, for root alone); "bubblewrap", "container": made by it
    namespaces: str | None
    landlock: bool
    seccomp: bool


BACKENDS = {
    "namespaces+landlock+seccomp": Backend("user", True, True),
    "root-namespaces+landlock+seccomp": Backend("root", True, True),
    "namespaces+seccomp": Backend("user", False, True),
    "root-namespaces+seccomp": Backend("root", False, True),
    "bubblewrap+seccomp": Backend("bubblewrap", False, True),
    "container": Backend("container", False, True),
    "landlock+seccomp": Backend(None, True, True),
    "none": Backend(None, False, False),
}


def unmet(backend):
    """Why the backend cannot work here, as far as can be told without trying; None where nothing speaks against it."""
    if backend.seccomp and libc.MACHINE not in filter_program.SUPPORTED:
        return f"no system call filter for {libc.MACHINE}"
    if backend.landlock and landlock.abi() < landlock.SCOPED:
        return f"Landlock ABI {landlock.SCOPED} is needed, the kernel has {landlock.abi() or 'no Landlock'}"
    if backend.namespaces == "root" and os.getuid() != 0:
        return "only root can do without user namespaces"
    if backend.namespaces == "bubblewrap" and bubblewrap.find() is None:
        return "bubblewrap is not installed"
    return None
