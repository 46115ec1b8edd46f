import os
import socket
import struct


def test_sends_credentials_that_are_not_its_own():
    one, two = socket.socketpair()
    forged = struct.pack("3i", 1, 0, 0)
    one.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_CREDENTIALS, forged)])
    assert two.recv(1) and os.getuid() != 0
