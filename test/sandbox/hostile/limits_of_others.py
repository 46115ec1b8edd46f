import os
import resource


def test_limits_what_runs_it():
    reached = []
    for pid in (os.getppid(), 1, @BYSTANDER@):
        try:
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (0, 0))
            reached.append(pid)
        except OSError:
            pass
    assert reached
