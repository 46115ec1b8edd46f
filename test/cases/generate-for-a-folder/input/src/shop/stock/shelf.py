"""What is left."""


class Shelf:
    """Items by their number."""

    def __init__(self):
        self.items = {}

    def put(self, item: str, count: int = 1) -> int:
        """Adds items, and returns how many there are now."""
        if count < 1:
            raise ValueError(f"not a number of items: {count}")
        self.items[item] = self.items.get(item, 0) + count
        return self.items[item]
