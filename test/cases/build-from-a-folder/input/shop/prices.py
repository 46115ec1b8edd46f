"""Prices in cents."""


def total(prices):
    """Adds prices.

    >>> total([100, 250])
    350
    """
    return sum(prices)


def with_tax(price: int, rate: float = 0.25) -> int:
    """A price with its tax, rounded.

    >>> with_tax(100)
    125
    >>> with_tax(100, rate=0.1)
    110
    """
    return round(price * (1 + rate))
