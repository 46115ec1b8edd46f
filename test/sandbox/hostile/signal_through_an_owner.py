import fcntl
import os
import signal
import time


def test_has_the_kernel_kill_what_runs_it():
    reached = []
    for pid in (os.getppid(), 1, @BYSTANDER@):
        reading, writing = os.pipe()
        try:
            fcntl.fcntl(reading, fcntl.F_SETOWN, pid)
            fcntl.fcntl(reading, 10, signal.SIGKILL)  # F_SETSIG
            fcntl.fcntl(reading, fcntl.F_SETFL, os.O_ASYNC)
            os.write(writing, b"x")
            reached.append(pid)
        except OSError:
            pass
    time.sleep(0.05)
    assert reached
