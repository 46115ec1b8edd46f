"""
The only place that a test may write to: empty for every child, and bounded where a file system of its own can be had.
"""

import errno
import os
import secrets
import stat
import tempfile

from . import namespaces

BYTES = 64 << 20
FILES = 16_384


def create(backend, user, most_bytes=BYTES):
    if backend.namespaces in ("user", "root"):
        return _FileSystems(most_bytes)
    if backend.namespaces in ("bubblewrap", "container"):
        return _MountedFolders(most_bytes)
    return _Folder(user, most_bytes)


class _FileSystems:
    """/tmp and /dev/shm, mounted anew for every child."""

    folder = "/tmp"
    writable = namespaces.SCRATCH

    def __init__(self, most_bytes):
        self._bytes = most_bytes
        namespaces.first_scratch(most_bytes, FILES)

    def renew(self):
        namespaces.fresh_scratch(self._bytes, FILES)

    def is_full(self):
        return False  # writing fails before that

    def remove(self):
        pass  # gone with the mount namespace


class _MountedFolders:
    """/tmp and /dev/shm, mounted once by who had the right to: of bounded size, the number of files is watched."""

    folder = "/tmp"
    writable = namespaces.SCRATCH

    def __init__(self, most_bytes):
        self._bytes = most_bytes

    def renew(self):
        for folder in self.writable:
            is_own = os.stat(folder).st_uid == os.getuid()  # a container's are root's, and keep their mode
            _empty(folder, is_own)
            if is_own:
                os.chmod(folder, 0o1777)

    def is_full(self):
        return _is_full(self.writable, self._bytes)

    def remove(self):
        pass  # gone with the mount namespace


class _Folder:
    """A folder below the machine's own temporary one."""

    def __init__(self, user, most_bytes):
        self._user, self._bytes = user, most_bytes
        self._base = tempfile.mkdtemp(prefix="pipeline-sandbox-")
        os.chmod(self._base, 0o711)
        self.folder = os.path.join(self._base, "tmp")
        self.writable = (self.folder,)
        self.renew()

    def renew(self):
        _remove(self.folder)
        os.mkdir(self.folder, 0o700)
        if os.getuid() == 0:
            os.chown(self.folder, self._user, self._user)

    def is_full(self):
        return _is_full(self.writable, self._bytes)

    def remove(self):
        _remove(self._base)


def _is_full(folders, most_bytes):
    files = bytes_used = 0
    waiting = list(folders)
    while waiting:
        try:
            entries = list(os.scandir(waiting.pop()))
        except PermissionError:
            continue
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                return True  # too deep for anyone to look into
            continue
        files += len(entries)
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)
            else:
                bytes_used += _blocks(entry)
        if files > FILES or bytes_used > most_bytes:
            return True
    return False


def _blocks(entry):
    try:
        return entry.stat(follow_symlinks=False).st_blocks * 512
    except OSError:
        return 0


def _remove(folder):
    if os.path.lexists(folder):
        _empty(folder)
        os.rmdir(folder)


def _empty(folder, is_own=True):
    """Whatever the depth and modes: folders are moved up until none holds another. Nothing runs there any more."""
    if is_own:
        os.chmod(folder, stat.S_IRWXU)
    while entries := list(os.scandir(folder)):
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)
                continue
            os.chmod(entry.path, stat.S_IRWXU)
            for inner in list(os.scandir(entry.path)):
                if inner.is_dir(follow_symlinks=False):
                    os.chmod(inner.path, stat.S_IRWXU)
                    os.rename(inner.path, os.path.join(folder, secrets.token_hex(16)))
                else:
                    os.unlink(inner.path)
            os.rmdir(entry.path)
