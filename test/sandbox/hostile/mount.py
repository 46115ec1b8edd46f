import ctypes
import errno
import platform

NUMBER = {"x86_64": 165, "aarch64": 40}[platform.machine()]


def test_mounts():
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(NUMBER, b"none", b".", b"tmpfs", 0, None)
    assert result >= 0 or ctypes.get_errno() not in (errno.EPERM, errno.EACCES, errno.ENOSYS)
