"""The form in which a person would write values of each kind."""

import collections
import enum
import math
import pathlib
import sys

from .plain_objects import arguments_of, fields_of
from .quoting import quoted
from .unwritable import TooLong, Unwritable, kind_of

_MOST_ITEMS = 100


class Forms:
    """Source text of values, with classes named by `naming` (Naming). Raises Unwritable for what has no plain form."""

    def __init__(self, naming):
        self._naming = naming

    def text(self, value, top=False):
        """Source text of a value. `top`: it is all that is written; one `approx` may then hold its numbers."""
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
            return self._naming.named(value)
        if (
            kind.__module__ == "datetime"
            and value == (utc := sys.modules["datetime"].timezone.utc)
            and kind is type(utc)
        ):
            return f"{self._naming.named(kind)}.utc"
        fields = fields_of(value)
        if fields is not None:
            return self.call(kind, [f"{name}={self.text(item)}" for name, item in fields])
        arguments = arguments_of(value, self.text)
        if arguments is not None:
            # Not the class itself: another one stands in for it while the clock is moved.
            return self.call(getattr(sys.modules[kind.__module__], kind.__name__), arguments)
        if isinstance(value, pathlib.PurePath):
            return self._path(value)
        return self._collection(value, top)

    def call(self, kind, arguments):
        """A call of a class with arguments that are written already."""
        return f"{self._naming.named(kind)}({', '.join(arguments)})"

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
        return f"{self._naming.named(kind)}.{value.name}"

    def _path(self, value):
        kind = type(value)
        if not isinstance(value, pathlib.Path):
            return self.call(kind, [quoted(str(value))])
        return self.call(pathlib.Path, [quoted(str(value))])

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
            return self.text(kind(value))
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
            return "{" + ", ".join(f"{self.text(key)}: {self.text(item)}" for key, item in value.items()) + "}"
        items = [self.text(item) for item in value]
        if kind is list:
            return f"[{', '.join(items)}]"
        if kind is tuple:
            return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
        if kind is collections.deque:
            return f"{self._naming.named(collections.deque)}([{', '.join(items)}])"
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
            return "pytest.approx({" + ", ".join(f"{self.text(key)}: {item!r}" for key, item in value.items()) + "})"
        inside = ", ".join(map(repr, items))
        return (
            f"pytest.approx([{inside}])"
            if kind is list
            else f"pytest.approx(({inside}{',' if len(items) == 1 else ''}))"
        )


def is_exact(number):
    """2.0 and 0.5 are the same on every machine; so is what has few binary digits."""
    return isinstance(number, int) or math.isfinite(number) and (number * 8).is_integer() and abs(number) < 1e15


def _ordered(values, texts):
    try:
        return [text for _, text in sorted(zip(values, texts), key=lambda pair: pair[0])]
    except TypeError:
        return sorted(texts)
