import socket


def test_opens_an_abstract_socket():
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0pipeline-escape")
        server.listen()
