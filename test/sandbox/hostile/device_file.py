import os
import stat


def test_makes_a_device():
    os.mknod("memory", stat.S_IFCHR | 0o666, os.makedev(1, 1))
