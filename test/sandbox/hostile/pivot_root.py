import ctypes
import errno
import platform

NUMBER = {"x86_64": 155, "aarch64": 41}[platform.machine()]


def test_changes_its_root():
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(NUMBER, b".", b".")
    assert result >= 0 or ctypes.get_errno() not in (errno.EPERM, errno.EACCES, errno.ENOSYS)
