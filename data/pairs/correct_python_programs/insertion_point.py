def insertion_point(ordered: list[int], value: int) -> int:
    """Return the first position at which a value can be put into an ordered list so that it stays in order."""
    low, high = 0, len(ordered)
    while low < high:
        middle = (low + high) // 2
        if ordered[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low
