import ctypes
import os


def test_traces_its_parent():
    assert ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0) == 0
