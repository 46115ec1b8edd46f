import socket
import time


def test_keeps_memory_in_connections_that_nobody_accepts():
    servers = []
    for number in range(400):
        server = socket.socket(socket.AF_UNIX)
        server.bind("\0%d" % number)
        server.listen(4096)
        servers.append(server)
        for _ in range(4096):
            client = socket.socket(socket.AF_UNIX)
            client.setblocking(False)
            try:
                client.connect("\0%d" % number)
                client.send(bytes(1 << 20))
            except OSError:
                pass
            client.close()
    time.sleep(30)
