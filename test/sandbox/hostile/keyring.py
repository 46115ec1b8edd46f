import ctypes
import errno
import platform

NUMBER = {"x86_64": 248, "aarch64": 217}[platform.machine()]


def test_keeps_a_key():
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(NUMBER, b"user", b"escaped", b"x", 1, -4)
    assert result >= 0 or ctypes.get_errno() not in (errno.EPERM, errno.EACCES, errno.ENOSYS)
