import os
import stat


def test_finds_a_socket_or_a_folder_that_was_left_open():
    found = []
    for descriptor in range(1024):
        try:
            mode = os.fstat(descriptor).st_mode
        except OSError:
            continue
        if stat.S_ISSOCK(mode) or stat.S_ISDIR(mode):
            found.append(descriptor)
    assert found
