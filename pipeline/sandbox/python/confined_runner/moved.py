"""
Another day, another place: the clock, the time zone, the working folder and the process are others than in an ordinary
run, so that a value which depends on them is seen to differ.
"""

import builtins
import collections
import datetime
import os
import sys
import time

_SECONDS = 424 * 86_400 + 7 * 3_600 + 23 * 60 + 17  # another year, month, day and hour
_EAST, _WEST = "ELSEWHERE-14:30", "ELSEWHERE+11:30"
_NUMBERS = 70_001
_RELEASES = 40
_FOLDER = "elsewhere"


def move_world():
    """For this process and its children, before anything is loaded that keeps what it finds."""
    _move_clock()
    _move_dates()
    _move_machine()
    _move_python()
    os.environ.update(USER="someone", LOGNAME="someone")
    _move_zone(_EAST)


def move_west():
    """For this process: where it is yesterday still."""
    _move_zone(_WEST)


def name_home(folder):
    """
    Where `~` leads, and where files are made that nobody names a folder for: below `folder`, which is the child's own.
    """
    home = os.path.join(folder, _FOLDER)
    os.environ.update(HOME=home, TMPDIR=home)


def make_home():
    os.mkdir(os.environ["HOME"])


def _move_zone(zone):
    os.environ["TZ"] = zone
    time.tzset()


def _move_clock():
    for name in ("time", "monotonic", "perf_counter"):
        _replace(time, name, lambda real: lambda: real() + _SECONDS)
        _replace(time, f"{name}_ns", lambda real: lambda: real() + _SECONDS * 10**9)
    for name in ("localtime", "gmtime", "ctime"):
        _replace(time, name, lambda real: lambda seconds=None: real(time.time() if seconds is None else seconds))
    _replace(
        time,
        "strftime",
        lambda real: lambda form, moment=None: real(form, time.localtime() if moment is None else moment),
    )
    _replace(time, "asctime", lambda real: lambda moment=None: real(time.localtime() if moment is None else moment))


def _move_dates():
    """Classes in the place of those that read the clock in C; what is made by either is an instance of both."""
    date, moment = datetime.date, datetime.datetime

    class Like(type):
        def __instancecheck__(cls, value):
            return isinstance(value, cls.__mro__[1])

        def __subclasscheck__(cls, other):
            return issubclass(other, cls.__mro__[1])

    class MovedDate(date, metaclass=Like):
        @classmethod
        def today(cls):
            return cls.fromtimestamp(time.time())

    class MovedDatetime(moment, metaclass=Like):
        @classmethod
        def now(cls, tz=None):
            return cls.fromtimestamp(time.time(), tz)

        @classmethod
        def utcnow(cls):
            return cls.fromtimestamp(time.time(), datetime.timezone.utc).replace(tzinfo=None)

        @classmethod
        def today(cls):
            return cls.fromtimestamp(time.time())

        def date(self):
            return MovedDate(self.year, self.month, self.day)

        def __reduce_ex__(self, protocol):
            return (MovedDatetime, super().__reduce_ex__(protocol)[1])

    _keep_real_bases([(MovedDate, date), (MovedDatetime, moment)])
    for kind, real in ((MovedDate, date), (MovedDatetime, moment)):
        kind.__module__, kind.__name__, kind.__qualname__ = "datetime", real.__name__, real.__name__
        setattr(datetime, real.__name__, kind)
        for name in ("min", "max"):
            setattr(
                kind,
                name,
                kind(*getattr(real, name).timetuple()[:3]) if real is date else kind(*_parts(getattr(real, name))),
            )


def _keep_real_bases(pairs):
    """A class that has another metaclass derives from the real class: with that of a moved one it could not be made."""
    build = builtins.__build_class__
    real = {id(moved): kind for moved, kind in pairs}
    plain = (type, *(type(moved) for moved, _ in pairs))

    def build_class(body, name, *bases, **keywords):
        kinds = [keywords.get("metaclass", type), *map(type, bases)]
        if any(id(base) in real for base in bases) and not all(kind in plain for kind in kinds):
            bases = [real.get(id(base), base) for base in bases]
        return build(body, name, *bases, **keywords)

    # What looks for the names around a class statement finds the module's.
    build_class.__code__ = build_class.__code__.replace(co_name="<module>")
    builtins.__build_class__ = build_class


def _parts(moment):
    return moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second, moment.microsecond


def _move_machine():
    import platform
    import socket

    platform._uname_cache = None
    for name in ("getpid", "getppid"):
        _replace(os, name, lambda real: lambda: real() + _NUMBERS)
    _replace(os, "cpu_count", lambda real: lambda: (real() or 1) + 3)
    _replace(os, "getloadavg", lambda real: lambda: tuple(load + 1.5 for load in real()))
    _replace(socket, "gethostname", lambda real: lambda: f"{real()}-elsewhere")
    _replace(
        os,
        "uname",
        lambda real: lambda: os.uname_result((*real()[:1], f"{real()[1]}-elsewhere", f"{real()[2]}.1", *real()[3:])),
    )


def _move_python():
    """Another release of the same Python: of its numbers the last, by which no code tells what it can use."""
    numbers = sys.version_info
    ours = ".".join(map(str, numbers[:3]))
    release = collections.namedtuple("version_info", ("major", "minor", "micro", "releaselevel", "serial"))
    sys.version_info = release(numbers.major, numbers.minor, numbers.micro + _RELEASES, *numbers[3:])
    sys.hexversion += _RELEASES << 8
    sys.version = ".".join(map(str, sys.version_info[:3])) + sys.version[len(ours) :]


def _replace(module, name, made):
    """Also where a module that is loaded has taken the function by its name."""
    real = getattr(module, name, None)
    if real is None:
        return
    new = made(real)
    new.__name__, new.__module__ = name, module.__name__
    for other in list(sys.modules.values()):
        space = getattr(other, "__dict__", None)
        if space is None or (getattr(other, "__name__", "") or "").startswith("confined_runner"):
            continue
        for known, value in list(space.items()):
            if value is real:
                space[known] = new
    setattr(module, name, new)
