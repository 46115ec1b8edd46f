def glob_match(pattern: str, name: str) -> bool:
    """Tell whether a name fits a pattern, in which ? stands for one character and * for any number of them, also none."""
    if not pattern:
        return not name
    if pattern[0] == "*":
        return any(glob_match(pattern[1:], name[skipped:]) for skipped in range(len(name) + 1))
    if not name:
        return False
    return pattern[0] in ("?", name[0]) and glob_match(pattern[1:], name[1:])
