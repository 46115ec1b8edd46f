import sys


def test_overflows_the_stack():
    sys.setrecursionlimit(10**9)

    def down(n):
        return down(n + 1)

    down(0)
