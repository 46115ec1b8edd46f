import ctypes
import errno
import platform

NUMBER = {"x86_64": 166, "aarch64": 39}[platform.machine()]


def test_uncovers_what_lies_below():
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(NUMBER, b"/tmp", 2)
    assert result >= 0 or ctypes.get_errno() not in (errno.EPERM, errno.EACCES, errno.ENOSYS)
