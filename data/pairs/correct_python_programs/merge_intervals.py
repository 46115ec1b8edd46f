def merge_intervals(intervals: list[list[int]]) -> list[list[int]]:
    """Join closed intervals [start, end] that overlap or touch; the result is in order of start."""
    merged: list[list[int]] = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    return merged
