"""
A command of the caller's in a work folder of its own: a compiler, an interpreter, a linter, on files that it is given.
"""

import json
import os
import signal

WORK = "work"
#: What a command finds of an environment; the job's own variables are added.
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def run(job, report):
    """
    Replaces this process by `job["argv"]`, with the texts `files` ([path, text] each, below the work folder) written
    before. Says on `report` where the command cannot be started; nothing is said where it can.
    """
    outputs = job["outputs"]
    try:
        home = os.getcwd()
        folder = os.path.join(home, WORK)
        os.mkdir(folder)
        for path, text in job["files"]:
            _write(os.path.join(folder, path), text)
        os.chdir(folder)
        os.dup2(outputs[0], 1)
        os.dup2(outputs[1], 2)
        _leave_only(report)
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)  # Python ignores them, and what it starts would too
        environment = {**_ENVIRONMENT, "HOME": home, "TMPDIR": home, **job["environment"]}
        os.execvpe(job["argv"][0], job["argv"], environment)
    except OSError as error:
        os.write(report, json.dumps({"failed": f"{error.strerror}: {error.filename or job['argv'][0]}"}).encode())
    os._exit(127)


def _write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)


def _leave_only(report):
    """Of the descriptors: the standard ones, and the report until the command has started."""
    os.set_inheritable(report, False)
    os.closerange(3, report)
    os.closerange(report + 1, os.sysconf("SC_OPEN_MAX"))
