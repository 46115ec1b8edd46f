import socket
import time


def test_keeps_memory_in_datagrams_of_senders_that_are_gone():
    held = []
    for number in range(900):
        receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        receiver.bind("\0%d" % number)
        held.append(receiver)
        for _ in range(11):
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.setblocking(False)
                try:
                    sender.sendto(bytes(200_000), "\0%d" % number)
                except OSError:
                    pass
    time.sleep(30)
