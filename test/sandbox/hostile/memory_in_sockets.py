import os
import socket
import time


def test_keeps_memory_in_buffers_of_the_kernel():
    for _ in range(40):
        if os.fork() == 0:
            held = []
            try:
                while True:
                    pair = socket.socketpair()
                    held.append(pair)
                    for end in pair:
                        end.setblocking(False)
                        end.send(bytes(1 << 20))
            except OSError:
                pass
            time.sleep(30)
    time.sleep(30)
