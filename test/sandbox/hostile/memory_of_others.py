import os


def test_opens_the_memory_of_what_runs_it():
    opened = []
    for pid in (os.getppid(), 1, @BYSTANDER@):
        for mode in ("rb", "r+b"):
            try:
                with open("/" + "proc/" + str(pid) + "/mem", mode):
                    opened.append((pid, mode))
            except OSError:
                pass
    assert opened
