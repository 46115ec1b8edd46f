import socket


def test_connects_to_a_server():
    socket.create_connection(("127.0.0.1", @PORT@), timeout=2)
