# Tests of input: flow.py (written by pipeline generate; teacher.yaml)
# Change what you like: a changed file is not overwritten. sha256:413d12ebf050956d3f2dbe984a9716ea02b122d9b66afb2c2a838aa4316d83b5
import asyncio

import pytest

from flow import Opened, command, countdown, fetch, running_total, ticks


def test_countdown():
    assert list(countdown(3)) == [3, 2, 1]
    assert list(countdown(0)) == []


def test_running_total():
    total = running_total()
    assert next(total) == 0
    assert total.send(3) == 3
    assert total.send(4) == 7


def test_fetch():
    async def run_test():
        assert await fetch("a") == {"key": "a"}

    asyncio.run(run_test())


def test_ticks():
    async def run_test():
        assert [number async for number in ticks(3)] == [0, 1, 2]

    asyncio.run(run_test())


def test_opened():
    with Opened() as opened:
        assert opened.is_open
        raise KeyError
    assert not opened.is_open
    with pytest.raises(ValueError), Opened():
        raise ValueError


def test_command():
    assert command(["go", "north"]) == "north"
    assert command(["take", "lamp", "key"]) == 2
    assert command({"action": "sing"}) == "sing"
    assert command(["take"]) is None
