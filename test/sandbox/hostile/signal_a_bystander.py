import os
import signal


def test_kills_a_process_of_the_same_user():
    getattr(os, "ki" + "ll")(@BYSTANDER@, signal.SIGKILL)
