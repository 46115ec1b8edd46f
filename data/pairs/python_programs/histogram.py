def histogram(values: list[float], bins: int) -> list[int]:
    """Count the values in equal bins from the smallest to the largest, which belongs to the last bin; equal values fill the first one."""
    counts = [0] * bins
    if not values:
        return counts
    low, high = min(values), max(values)
    width = (high - low) / bins or 1.0
    for value in values:
        counts[min(round((value - low) / width), bins - 1)] += 1
    return counts
