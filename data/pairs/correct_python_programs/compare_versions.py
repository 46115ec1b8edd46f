def compare_versions(left: str, right: str) -> int:
    """
    Compare two release numbers such as 1.10.2: -1, 0 or 1 as the left one is older, equal or newer.

    Parts that are missing count as zero, so that 1.2 equals 1.2.0.
    """
    ours = [int(part) for part in left.split(".")]
    theirs = [int(part) for part in right.split(".")]
    length = max(len(ours), len(theirs))
    ours += [0] * (length - len(ours))
    theirs += [0] * (length - len(theirs))
    if ours == theirs:
        return 0
    return 1 if ours > theirs else -1
