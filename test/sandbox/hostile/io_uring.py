import ctypes
import errno
import platform

NUMBER = {"x86_64": 425, "aarch64": 425}[platform.machine()]


def test_asks_for_calls_by_a_ring():
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(NUMBER, 1, ctypes.create_string_buffer(128))
    assert result >= 0 or ctypes.get_errno() not in (errno.EPERM, errno.EACCES, errno.ENOSYS)
