"""Values as a person would write them in a test: Python source text that evaluates to an equal value."""

import builtins
import collections
import dataclasses
import enum
import math
import pathlib
import re
import sys

LONGEST = 240
_MOST_ITEMS = 100


class Unwritable(Exception):
    """There is no such text; says why."""


class Written:
    """`text`, with the import lines that it needs beside what the file has."""

    def __init__(self, text, imports=()):
        self.text = text
        self.imports = sorted(set(imports))


class Writer:
    """Writes values for a test file with these global names; `folders` are this machine's."""

    def __init__(self, names, folders):
        self._names = names
        self._folders = folders
        self._imports = {}

    def written(self, value, longest=LONGEST):
        self._imports = {}
        try:
            text = self._text(value, top=True)
        except (RecursionError, TypeError, AttributeError) as error:
            raise Unwritable(f"{kind_of(value)} has no plain form") from error
        self._refuse(text)
        if len(text) > longest:
            raise TooLong(f"{kind_of(value)} is too long to be written out")
        self._expect_equal(text, value)
        return Written(text, self._imports.values())

    def number(self, value):
        """A number as it stands inside of `approx`, or beside a tolerance."""
        if type(value) is float and math.isfinite(value) or type(value) is int:
            return repr(value)
        return None

    def named(self, kind):
        """How the file can name a class: with a name that it has, or an import."""
        module, name = kind.__module__, kind.__qualname__
        if "<locals>" in name:
            raise Unwritable(f"{name} is made inside of a function")
        if module.partition(".")[0] in _OF_THE_RUN:
            raise Unwritable(f"{name} is there only because a test is run")
        top = name.partition(".")[0]
        if getattr(builtins, top, None) is kind and top not in self._names:
            return name
        if self._reaches(self._names.get(top), name, kind):
            return name
        for known, value in self._names.items():
            if value is kind and not known.startswith("@"):
                return known
        home = sys.modules.get(module)
        if home is None or not self._reaches(getattr(home, top, None), name, kind):
            raise Unwritable(f"{name} cannot be imported from {module}")
        if self._names.get(module.partition(".")[0]) is sys.modules.get(module.partition(".")[0]) and "." not in module:
            return f"{module}.{name}"
        if top in self._names or hasattr(builtins, top):
            raise Unwritable(f"{top} means something else in the file")
        self._imports[top] = f"from {module} import {top}"
        return name

    def call_of(self, kind, arguments, keywords, value):
        """(imports, text) of a call with plain arguments that makes an equal value. Raises Unwritable where it does not."""
        self._imports = {}
        texts = [*map(self._text, arguments), *(f"{name}={self._text(item)}" for name, item in keywords)]
        return self._equal_to(self._call(kind, texts), value)

    def literal_of(self, literal, value):
        """(imports, text) of a literal that a value of some other class is equal to. Raises Unwritable where it is not."""
        self._imports = {}
        return self._equal_to(self._text(literal), value)

    def _equal_to(self, text, value):
        self._refuse(text)
        self._expect_equal(text, value)
        return self.take_imports(), text

    @staticmethod
    def _reaches(first, name, kind):
        for part in name.split(".")[1:]:
            first = getattr(first, part, None)
        return first is kind

    def take_imports(self):
        taken, self._imports = sorted(set(self._imports.values())), {}
        return taken

    def _refuse(self, text):
        if _ADDRESS.search(text):
            raise Unwritable("it holds an address")
        if any(folder in text for folder in self._folders) or "pytest-of-" in text:
            raise Unwritable("it names a folder of this machine")

    def _expect_equal(self, text, value):
        names = dict(self._names)
        try:
            for line in self._imports.values():
                exec(line, names)
            if (value == eval(text, names)) is not True:
                raise Unwritable(f"{kind_of(value)} equals nothing that can be written down")
        except Unwritable:
            raise
        except Exception as error:
            raise Unwritable(f"{kind_of(value)} has no plain form") from error

    def _text(self, value, top=False):
        kind = type(value)
        if kind is bool or value is None or value is Ellipsis:
            return repr(value)
        if isinstance(value, enum.Enum):
            return self._enum(value)
        if kind in (str, bytes):
            return quoted(value)
        if kind is int:
            if value.bit_length() > 2000:
                raise TooLong("a number of many digits")
            return repr(value)
        if kind is float:
            return self._float(value)
        if kind is complex:
            return self._complex(value)
        if isinstance(value, type):
            return self.named(value)
        if (
            kind.__module__ == "datetime"
            and value == (utc := sys.modules["datetime"].timezone.utc)
            and kind is type(utc)
        ):
            return f"{self.named(kind)}.utc"
        fields = fields_of(value)
        if fields is not None:
            return self._call(kind, [f"{name}={self._text(item)}" for name, item in fields])
        simple = _SIMPLE.get(f"{kind.__module__}.{kind.__name__}")
        if simple is not None:
            # Not the class itself: another one stands in for it while the clock is moved.
            return self._call(getattr(sys.modules[kind.__module__], kind.__name__), simple(value, self._text))
        if isinstance(value, pathlib.PurePath):
            return self._path(value)
        return self._collection(value, top)

    def _float(self, value):
        if math.isnan(value):
            return 'pytest.approx(float("nan"), nan_ok=True)'
        if math.isinf(value):
            return 'float("inf")' if value > 0 else 'float("-inf")'
        return repr(value) if is_exact(value) else f"pytest.approx({value!r})"

    def _complex(self, value):
        exact = is_exact(value.real) and is_exact(value.imag)
        return repr(value) if exact else f"pytest.approx({value!r})"

    def _enum(self, value):
        kind = type(value)
        if value.name is None or getattr(kind, value.name, None) is not value:
            raise Unwritable("a combination of flags")
        return f"{self.named(kind)}.{value.name}"

    def _path(self, value):
        kind = type(value)
        if not isinstance(value, pathlib.Path):
            return self._call(kind, [quoted(str(value))])
        return self._call(pathlib.Path, [quoted(str(value))])

    def _call(self, kind, arguments):
        return f"{self.named(kind)}({', '.join(arguments)})"

    def _collection(self, value, top):
        for kind in (dict, list, tuple, str, bytes, int, float, set, frozenset, collections.deque, range, bytearray):
            if isinstance(value, kind) and (
                type(value) is kind
                or type(value).__eq__ in (kind.__eq__, collections.OrderedDict.__eq__, collections.Counter.__eq__)
            ):
                return self._of_kind(kind, value, top)
        raise Unwritable(f"{kind_of(value)} has no plain form")

    def _of_kind(self, kind, value, top):
        if kind in (str, bytes, int, float):
            return self._text(kind(value))
        if kind is range:
            parts = (
                [value.start, value.stop, value.step]
                if value.step != 1
                else [value.start, value.stop]
                if value.start
                else [value.stop]
            )
            return f"range({', '.join(map(repr, parts))})"
        if kind is bytearray:
            return f"bytearray({quoted(bytes(value))})"
        if len(value) > _MOST_ITEMS:
            raise TooLong(f"{kind_of(value)} of {len(value)} items")
        if top and kind in (list, tuple, dict) and (flat := self._flat(kind, value)) is not None:
            return flat
        if kind is dict:
            return "{" + ", ".join(f"{self._text(key)}: {self._text(item)}" for key, item in value.items()) + "}"
        items = [self._text(item) for item in value]
        if kind is list:
            return f"[{', '.join(items)}]"
        if kind is tuple:
            return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
        if kind is collections.deque:
            return f"{self.named(collections.deque)}([{', '.join(items)}])"
        if any("approx" in item for item in items):
            raise Unwritable("a set of numbers that are not exact")
        inside = "{" + ", ".join(_ordered(value, items)) + "}" if items else ""
        if kind is set:
            return inside or "set()"
        return f"frozenset({inside})"

    def _flat(self, kind, value):
        """Numbers side by side, of which some are not exact, within one `approx`."""
        items = list(value.values()) if kind is dict else list(value)
        if any(
            type(item) not in (int, float) or type(item) is float and not math.isfinite(item) for item in items
        ) or all(map(is_exact, items)):
            return None
        if kind is dict:
            return "pytest.approx({" + ", ".join(f"{self._text(key)}: {item!r}" for key, item in value.items()) + "})"
        inside = ", ".join(map(repr, items))
        return (
            f"pytest.approx([{inside}])"
            if kind is list
            else f"pytest.approx(({inside}{',' if len(items) == 1 else ''}))"
        )


# Packages that whoever runs a test brings: what a class has for subclasses, say, depends on them.
_OF_THE_RUN = {__name__.partition(".")[0], "_pytest", "pytest", "pluggy", "pygments", "iniconfig"}


class TooLong(Unwritable):
    """There is one, which nobody would read."""


_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{7,}\b")


def quoted(value):
    """In double quotes, as most write them, where that needs no more escapes."""
    text = repr(value)
    prefix, body = ("b", text[1:]) if isinstance(value, bytes) else ("", text)
    inner = body[1:-1]
    if body[0] == "'" and '"' not in inner:
        return f'{prefix}"{inner}"'
    return text


def is_exact(number):
    """2.0 and 0.5 are the same on every machine; so is what has few binary digits."""
    return isinstance(number, int) or math.isfinite(number) and (number * 8).is_integer() and abs(number) < 1e15


def kind_of(value):
    kind = type(value)
    name = kind.__qualname__.rpartition(".")[2]
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def fields_of(value):
    """[(name, value)] by which an object of a plain class is made; None for anything else."""
    kind = type(value)
    if dataclasses.is_dataclass(kind):
        return [
            (field.name, getattr(value, field.name))
            for field in dataclasses.fields(kind)
            if field.init and not _is_default(field, value)
        ]
    if isinstance(value, tuple) and hasattr(kind, "_fields"):
        return list(zip(kind._fields, value))
    if hasattr(kind, "__attrs_attrs__"):
        return [
            (field.alias if getattr(field, "alias", None) else field.name.lstrip("_"), getattr(value, field.name))
            for field in kind.__attrs_attrs__
            if field.init
        ]
    models = getattr(kind, "model_fields", None)
    if isinstance(models, dict) and hasattr(kind, "model_validate"):
        return [(name, getattr(value, name)) for name in models]
    return None


def _is_default(field, value):
    """What stands behind the required ones and is as the class says need not be said again."""
    if field.default is not dataclasses.MISSING:
        found = getattr(value, field.name)
        return type(found) is type(field.default) and found == field.default
    return False


def _ordered(values, texts):
    try:
        return [text for _, text in sorted(zip(values, texts), key=lambda pair: pair[0])]
    except TypeError:
        return sorted(texts)


def _datetime(value, text):
    return [str(value.year), str(value.month), str(value.day), *_time(value, text)]


def _time(value, text):
    parts = [value.hour, value.minute]
    if value.second or value.microsecond:
        parts.append(value.second)
    if value.microsecond:
        parts.append(value.microsecond)
    return [*map(str, parts), *_zone(value, text)]


def _zone(value, text):
    if value.tzinfo is None:
        return []
    return [f"tzinfo={text(value.tzinfo)}"]


def _timedelta(value, _text):
    minutes, seconds = divmod(value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    named = {
        "days": value.days,
        "hours": hours,
        "minutes": minutes,
        "seconds": seconds,
        "microseconds": value.microseconds,
    }
    return [f"{name}={part}" for name, part in named.items() if part] or ["0"]


def _timezone(value, text):
    name = value.tzname(None)
    return [text(value.utcoffset(None)), *([] if name.startswith("UTC") else [text(name)])]


_SIMPLE = {
    "decimal.Decimal": lambda value, _: [quoted(str(value))],
    "fractions.Fraction": lambda value, _: [str(value.numerator), str(value.denominator)],
    "uuid.UUID": lambda value, _: [quoted(str(value))],
    "datetime.datetime": _datetime,
    "datetime.date": lambda value, _: [str(value.year), str(value.month), str(value.day)],
    "datetime.time": _time,
    "datetime.timedelta": _timedelta,
    "datetime.timezone": _timezone,
}
