import socket


def test_reaches_a_file_socket_of_the_machine():
    with socket.socket(socket.AF_UNIX) as client:
        client.connect("@OUTSIDE@/socket")
