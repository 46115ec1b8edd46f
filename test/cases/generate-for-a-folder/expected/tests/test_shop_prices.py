# Tests of input: src/shop/prices.py (written by pipeline generate; teacher.yaml)
# Change what you like: a changed file is not overwritten. sha256:edbea7bc379134343372092e18ce7182c9fcacf6ddc4ebb1b338c33927eb7c7c
import asyncio

import pytest

from shop.prices import fetch_price, total


@pytest.fixture
def prices():
    return [1, 2]


def test_total_with_prices(prices):
    assert total(prices) == 3


def test_fetch_price_with_cap():
    async def run_test():
        assert await fetch_price("cap") == 300

    asyncio.run(run_test())
