import time


def test_never_wakes():
    time.sleep(10_000)
