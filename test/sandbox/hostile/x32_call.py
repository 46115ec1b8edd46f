import ctypes


def test_calls_by_another_table():
    assert ctypes.CDLL(None).syscall(0x40000000 + 39) > 0
