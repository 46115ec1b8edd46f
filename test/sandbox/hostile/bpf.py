import ctypes
import errno
import platform

NUMBER = {"x86_64": 321, "aarch64": 280}[platform.machine()]


def test_loads_a_program_into_the_kernel():
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(NUMBER, 0, ctypes.create_string_buffer(64), 64)
    assert result >= 0 or ctypes.get_errno() not in (errno.EPERM, errno.EACCES, errno.ENOSYS)
