from collections.abc import Iterator


def sliding_pairs(items: list[str], distance: int = 1) -> Iterator[list[str]]:
    """Give every two items that stand `distance` apart, in order."""
    for position in range(len(items) - distance):
        yield [items[position], items[position + distance]]
