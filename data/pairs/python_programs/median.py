def median(values: list[float]) -> float:
    """Return the middle value, or the mean of the two in the middle; raise ValueError where there is none."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return ordered[middle - 1] + ordered[middle] / 2
