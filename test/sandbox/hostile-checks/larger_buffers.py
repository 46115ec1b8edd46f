import socket


def test_enlarges_the_buffers_of_a_socket():
    one, _ = socket.socketpair()
    before = one.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 26)
    assert one.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) > before
