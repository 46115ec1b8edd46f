def rooms_needed(meetings: list[list[int]]) -> int:
    """Return how many rooms meetings [start, end] need at least; one that begins when another ends can have its room."""
    changes = [(start, 1) for start, _ in meetings] + [(end, -1) for _, end in meetings]
    taken = most = 0
    for _, change in sorted(changes):
        taken += change
        most = max(most, taken)
    return most
