import sys


def test_writes_a_gigabyte():
    for _ in range(1024):
        sys.stdout.write("x" * (1 << 20))
