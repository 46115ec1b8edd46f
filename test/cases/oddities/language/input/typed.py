"""What annotations, dataclasses and properties look like."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, overload


@overload
def parse(text: str) -> int: ...
@overload
def parse(text: None) -> None: ...
def parse(text: "str | None") -> "int | None":
    """A whole number; None stays None."""
    return None if text is None else int(text)


def joined(parts: "list[Part]", sep: 'str' = ", ") -> 'str':
    return sep.join(part.name for part in parts)


class Colour(enum.Enum):
    RED = 1
    GREEN = 2

    @classmethod
    def named(cls, name: str) -> Colour:
        return cls[name.upper()]


class Point(NamedTuple):
    x: int = 0
    y: int = 0

    def moved(self, by: int) -> Point:
        return Point(self.x + by, self.y + by)


class Sized(Protocol):
    def size(self) -> int: ...


@dataclass(frozen=True, order=True)
class Part:
    name: str
    tags: tuple[str, ...] = field(default_factory=tuple)

    def tagged(self, *tags: str) -> Part:
        return Part(self.name, self.tags + tags)


class Account:
    limit = 100

    def __init__(self, balance=0):
        self._balance = balance

    @property
    def balance(self):
        return self._balance

    @balance.setter
    def balance(self, value):
        if value > self.limit:
            raise ValueError("above the limit")
        self._balance = value

    @staticmethod
    def fee(amount):
        return amount // 10

    class Entry:
        def __init__(self, amount):
            self.amount = amount

        def is_credit(self):
            return self.amount >= 0
