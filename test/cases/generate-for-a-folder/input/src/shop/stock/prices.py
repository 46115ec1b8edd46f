"""Another file of the same name."""


def discount(price: int, *, percent: int = 10) -> int:
    """A price without a part of it, rounded down."""
    return price * (100 - percent) // 100
