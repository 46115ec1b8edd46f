import ctypes
import errno
import platform

NUMBER = {"x86_64": 298, "aarch64": 241}[platform.machine()]


def test_watches_the_processor():
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(NUMBER, ctypes.create_string_buffer(128), 0, -1, -1, 0)
    assert result >= 0 or ctypes.get_errno() not in (errno.EPERM, errno.EACCES, errno.ENOSYS)
