import os

import victim


def test_gives_a_file_attributes():
    os.setxattr(victim.__file__, "user.escaped", b"1")
