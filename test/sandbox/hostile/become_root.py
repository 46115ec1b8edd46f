import os


def test_becomes_someone_else():
    reached = []
    for attempt in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0]), lambda: os.chroot(".")):
        try:
            attempt()
            reached.append(attempt)
        except OSError:
            pass
    assert reached
