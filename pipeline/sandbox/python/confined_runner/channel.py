"""JSON messages, with file descriptors, over a stream socket."""

import json
import socket


class Closed(Exception):
    """The other side has gone."""


def pair():
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)


def send(channel, message, descriptors=()):
    data = json.dumps(message).encode()
    try:
        socket.send_fds(channel, [len(data).to_bytes(8, "little")], list(descriptors))
        channel.sendall(data)
    except (BrokenPipeError, ConnectionResetError) as error:
        raise Closed from error


def receive(channel):
    """The next message and the descriptors that came with it."""
    try:
        head, descriptors, _, _ = socket.recv_fds(channel, 8, 4)
        while len(head) < 8:
            head += _some(channel, 8 - len(head))
        data = bytearray()
        size = int.from_bytes(head, "little")
        while len(data) < size:
            data += _some(channel, min(size - len(data), 1 << 20))
    except ConnectionResetError as error:
        raise Closed from error
    return json.loads(data.decode()), descriptors


def _some(channel, size):
    data = channel.recv(size)
    if not data:
        raise Closed
    return data
