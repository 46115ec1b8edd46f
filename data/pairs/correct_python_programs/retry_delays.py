def retry_delays(attempts: int, first: float, factor: float = 2.0, longest: float = 60.0) -> list[float]:
    """Return the seconds to wait after each failed attempt but the last: each `factor` times the one before, at most `longest`."""
    delays = []
    delay = first
    for _ in range(attempts - 1):
        delays.append(min(delay, longest))
        delay *= factor
    return delays
