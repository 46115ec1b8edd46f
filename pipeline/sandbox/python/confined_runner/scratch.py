"""The only place that a test may write to: empty for every child, and bounded where a file system of its own can be had."""

import os
import shutil
import stat
import tempfile

from . import namespaces

BYTES = 64 << 20
_FILES = 16_384


def create(backend, user):
    return _Folder(user) if backend.namespaces is None else _FileSystems()


class _FileSystems:
    """/tmp and /dev/shm, mounted anew."""

    folder = "/tmp"
    writable = namespaces.SCRATCH

    def __init__(self):
        namespaces.first_scratch(BYTES, _FILES)

    def renew(self):
        namespaces.fresh_scratch(BYTES, _FILES)

    def is_full(self):
        return False  # writing fails before that

    def remove(self):
        pass  # gone with the mount namespace


class _Folder:
    """A folder below the machine's own temporary one."""

    def __init__(self, user):
        self._user = user
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
        files = bytes_used = 0
        for folder, _, names in os.walk(self.folder):
            for name in (*names, ""):
                try:
                    bytes_used += os.lstat(os.path.join(folder, name)).st_blocks * 512
                except OSError:
                    pass
            files += len(names) + 1
            if files > _FILES or bytes_used > BYTES:
                return True
        return False

    def remove(self):
        _remove(self._base)


def _remove(folder):
    def open_up(_function, path, _error):
        # What stands in the way is a folder or its parent that was made unreadable.
        for locked in (os.path.dirname(path), path):
            if locked.startswith(folder) and not os.path.islink(locked) and os.path.isdir(locked):
                os.chmod(locked, stat.S_IRWXU)

    if not os.path.lexists(folder):
        return
    shutil.rmtree(folder, onerror=open_up)
    if os.path.lexists(folder):
        shutil.rmtree(folder)
