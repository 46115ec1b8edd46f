"""What is left."""


def reserve(stock: dict, item: str, count: int = 1) -> dict:
    """Stock without the reserved items.

    >>> reserve({"shoe": 3}, "shoe", 2)
    {'shoe': 1}
    >>> reserve({}, "shoe")
    Traceback (most recent call last):
        ...
    ValueError: not enough: shoe
    """
    if stock.get(item, 0) < count:
        raise ValueError(f"not enough: {item}")
    return {**stock, item: stock[item] - count}
