def percentile(values: list[float], percent: float) -> float:
    """
    Return the value below which `percent` per cent of the values lie, between two neighbours in proportion.

    Raises ValueError where there are no values, or the percentage is not from 0 to 100.
    """
    if not values or not 0 <= percent <= 100:
        raise ValueError("no such percentile")
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
