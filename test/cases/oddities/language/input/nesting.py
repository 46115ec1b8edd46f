"""Functions in functions, and functions around functions."""

import functools
from contextlib import contextmanager


def counter(start=0):
    """Returns a function that counts on."""
    count = start

    def step(by=1):
        nonlocal count

        def add(amount):
            return count + amount

        count = add(by)
        return count

    return step


def shouted(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs).upper()

    return wrapper


def repeated(times):
    """A decorator that takes an argument."""
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args):
            return [function(*args) for _ in range(times)]
        return wrapper
    return decorate


@shouted
def greet(name):
    """Says hello."""
    return f"hello {name}"


@repeated(2)
def coin(side):
    return side


@functools.lru_cache(maxsize=None)
def fibonacci(n: int) -> int:
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


@contextmanager
def collected(into):
    """Collects what is put into it, also where the block fails."""
    found = []
    try:
        yield found
    finally:
        into.extend(found)


twice = functools.partial(max, 2)
square = lambda number: number * number
