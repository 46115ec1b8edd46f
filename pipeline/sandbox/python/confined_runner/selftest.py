"""Tries from inside what confinement is there to stop: a backend is used only where all of it is stopped."""

import errno
import json
import os
import socket


def run(job, report, _shown):
    holes = [name for name, attempt in _ATTEMPTS.items() if _succeeds(attempt, job)]
    os.write(report, json.dumps({"holes": holes, "nonce": job["nonce"]}).encode())
    os._exit(0)


def _succeeds(attempt, job):
    try:
        attempt(job)
    except OSError as error:
        return error.errno == errno.EINVAL
    return True


_ATTEMPTS = {
    "opens a socket": lambda _: socket.socket(socket.AF_UNIX).close(),
    "reads a file outside": lambda job: open(job["secret"]).close(),
    "writes a file outside": lambda job: open(job["secret"], "a").close(),
    "signals its parent": lambda _: os.kill(os.getppid(), 0),
}
