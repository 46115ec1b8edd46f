import socket


def test_gets_a_datagram_socket_by_the_back_door():
    one, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    one.connect("@OUTSIDE@/socket")
