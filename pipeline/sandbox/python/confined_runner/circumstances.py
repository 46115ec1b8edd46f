"""Notices what asks for something that is another on another day or another machine."""

import datetime
import sys

# What they answer may be the same twice in a row: a year, a process number of a small namespace.
_BUILTINS = {
    "time": {"time": "the time", "time_ns": "the time"},
    "posix": {
        "getpid": "its process",
        "getppid": "its process",
        "uname": "the machine",
        "getloadavg": "the machine",
        "cpu_count": "the machine",
        "sched_getaffinity": "the machine",
    },
    "_socket": {"gethostname": "the machine"},
}
_OF_DATES = {"now", "utcnow", "today"}


class Circumstances:
    """While it is open: `asked` is what was asked for first, or None."""

    asked = None

    def __enter__(self):
        sys.setprofile(self._see)

    def __exit__(self, *_):
        sys.setprofile(None)

    def _see(self, frame, event, called):
        if event == "c_call" and self.asked is None:
            self.asked = _asked_by(called)


def _asked_by(called):
    module = _BUILTINS.get(getattr(called, "__module__", None))
    name = getattr(called, "__name__", None)
    if module is not None:
        return module.get(name)
    owner = getattr(called, "__self__", None)
    return "the time" if name in _OF_DATES and isinstance(owner, type) and issubclass(owner, datetime.date) else None
