import atexit
import os
import threading


def test_waits_for_the_end():
    ends = getattr(os, "_ex" + "it")
    atexit.register(ends, 0)
    getattr(threading, "_register_atexit")(ends, 0)
    raise SystemExit(0)
