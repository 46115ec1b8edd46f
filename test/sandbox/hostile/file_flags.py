import fcntl
import os

import victim


def test_changes_what_is_told_of_a_file():
    descriptor = os.open(victim.__file__, os.O_RDONLY)
    flags = bytearray(8)
    fcntl.ioctl(descriptor, 0x80086601, flags)  # FS_IOC_GETFLAGS
    flags[0] ^= 0x40  # no dump
    fcntl.ioctl(descriptor, 0x40086602, bytes(flags))
