# Tests of input: src/shop/prices.py (written by pipeline generate; teacher.yaml)
# Change what you like: a changed file is not overwritten. sha256:875bbca347b812c6f74a4b970a32d8c0af0ab87aa80eee2c08dbdc4715f3c5a4
import asyncio

import pytest

from shop.prices import fetch_price, total


@pytest.fixture
def prices():
    return [1, 2]


def test_total(prices):
    assert total(prices) == 3


def test_fetch_price():
    async def run_test():
        assert await fetch_price("cap") == 300

    asyncio.run(run_test())
