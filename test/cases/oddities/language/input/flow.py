"""Generators, context managers, coroutines, patterns."""

import asyncio


def countdown(n):
    """Yields n, n - 1, ..., 1."""
    while n > 0:
        yield n
        n -= 1


def running_total():
    """A generator that is sent numbers."""
    total = 0
    while True:
        total += yield total


async def fetch(key, *, delay=0):
    await asyncio.sleep(delay)
    return {"key": key}


async def ticks(n):
    """An asynchronous generator."""
    for number in range(n):
        yield number


class Opened:
    """A context manager that swallows KeyError."""

    def __enter__(self):
        self.is_open = True
        return self

    def __exit__(self, kind, error, trace):
        self.is_open = False
        return kind is KeyError


def command(words):
    match words:
        case ["go", ("north" | "south") as direction]:
            return direction
        case ["take", *items] if items:
            return len(items)
        case {"action": str(action)}:
            return action
        case _:
            return None
