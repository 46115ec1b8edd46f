import ctypes
import errno
import platform

NUMBER = {"x86_64": 56, "aarch64": 220}[platform.machine()]


def test_forks_into_namespaces():
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(NUMBER, 0x10000000 | 17, 0, 0, 0, 0)
    assert result >= 0 or ctypes.get_errno() not in (errno.EPERM, errno.EACCES, errno.ENOSYS)
