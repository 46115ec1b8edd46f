import fcntl
import os

import victim


def test_makes_others_wait_for_a_file():
    descriptor = os.open(victim.__file__, os.O_RDONLY)
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
