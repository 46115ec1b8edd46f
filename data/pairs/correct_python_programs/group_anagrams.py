def group_anagrams(words: list[str]) -> list[list[str]]:
    """Group words of the same letters, whatever their case; groups and words stand in the order of their first one."""
    groups: dict[str, list[str]] = {}
    for word in words:
        key = "".join(sorted(word.lower()))
        groups.setdefault(key, []).append(word)
    return list(groups.values())
