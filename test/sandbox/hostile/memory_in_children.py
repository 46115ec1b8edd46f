import os
import time


def test_memory_spread_over_children():
    for _ in range(20):
        if os.fork() == 0:
            held = bytearray(os.urandom(1 << 20) * 60)
            time.sleep(30)
            os._exit(len(held) and 0)
    time.sleep(30)
