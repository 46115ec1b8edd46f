import os
import time


def test_leaves_a_daemon():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            while True:
                time.sleep(0.01)
        getattr(os, "_ex" + "it")(0)
    os.wait()
    time.sleep(0.1)
    assert False, "the daemon is running"
