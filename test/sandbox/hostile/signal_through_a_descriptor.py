import os
import signal


def test_kills_through_a_descriptor_of_a_process():
    reached = []
    for pid in (os.getppid(), 1, @BYSTANDER@):
        try:
            descriptor = os.open("/" + "proc/" + str(pid), os.O_RDONLY)
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            reached.append(pid)
        except OSError:
            pass
    assert reached
