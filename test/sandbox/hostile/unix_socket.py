import socket


def test_opens_a_unix_socket():
    with socket.socket(socket.AF_UNIX) as client:
        client.connect("@OUTSIDE@/socket")
