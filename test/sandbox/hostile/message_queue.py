import ctypes
import os


def test_makes_a_message_queue():
    libc = ctypes.CDLL(None)
    assert libc.mq_open(b"/escaped", os.O_CREAT | os.O_RDWR, 0o666, None) >= 0
