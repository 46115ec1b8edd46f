import ctypes
import errno
import platform

NUMBER = {"x86_64": 135, "aarch64": 92}[platform.machine()]


def test_has_its_addresses_in_order():
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(NUMBER, 0x40000)
    assert result >= 0 or ctypes.get_errno() not in (errno.EPERM, errno.EACCES, errno.ENOSYS)
