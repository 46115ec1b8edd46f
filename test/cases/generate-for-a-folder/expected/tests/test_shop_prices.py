# Tests of input: src/shop/prices.py (written by pipeline generate; teacher.yaml)
# Change what you like: a changed file is not overwritten. sha256:6ce56535b456f75e6abfd21c389995d0016abc7e614da3a960ee427c8e3f4e16
import asyncio

import pytest

from shop.prices import fetch_price, total


@pytest.fixture
def prices():
    return [1, 2]


def test_total(prices):
    assert total(prices) == 3


def test_wrong(prices):
    assert total(prices) == 3


def test_fetch_price():
    async def run_test():
        assert await fetch_price("cap") == 300

    asyncio.run(run_test())
