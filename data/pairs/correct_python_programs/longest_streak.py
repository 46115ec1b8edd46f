def longest_streak(days: list[int]) -> int:
    """Return the length of the longest run of days without a gap; days are numbers in any order, some perhaps twice."""
    present = set(days)
    longest = 0
    for day in present:
        if day - 1 in present:
            continue
        length = 1
        while day + length in present:
            length += 1
        longest = max(longest, length)
    return longest
