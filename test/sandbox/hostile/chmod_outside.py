import os

import victim


def test_changes_modes():
    os.chmod(victim.__file__, 0o777)
