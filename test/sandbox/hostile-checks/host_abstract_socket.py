import socket


def test_reaches_an_abstract_socket_of_the_machine():
    with socket.socket(socket.AF_UNIX) as client:
        client.connect("\0@ABSTRACT@")
