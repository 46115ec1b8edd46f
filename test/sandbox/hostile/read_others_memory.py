import ctypes
import errno
import platform

NUMBER = {"x86_64": 310, "aarch64": 270}[platform.machine()]


def test_reads_the_memory_of_another():
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(NUMBER, 1, ctypes.create_string_buffer(16), 1, ctypes.create_string_buffer(16), 1, 0)
    assert result >= 0 or ctypes.get_errno() not in (errno.EPERM, errno.EACCES, errno.ENOSYS)
