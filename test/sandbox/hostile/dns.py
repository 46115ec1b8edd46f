import socket


def test_looks_up_a_name():
    assert socket.getaddrinfo("example.org", 443)
