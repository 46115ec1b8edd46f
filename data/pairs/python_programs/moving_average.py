def moving_average(values: list[float], window: int) -> list[float]:
    """Return the mean of each run of `window` neighbours; raise ValueError for a window of less than one."""
    if window < 1:
        raise ValueError(f"a window of {window}")
    return [sum(values[start : start + window]) / window for start in range(len(values) - window)]
