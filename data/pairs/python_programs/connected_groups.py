def connected_groups(links: list[list[str]]) -> list[list[str]]:
    """Group names that are linked, directly or over others; each group is in order, and so are the groups."""
    leader: dict[str, str] = {}

    def find(name: str) -> str:
        while leader.setdefault(name, name) != name:
            name = leader[name]
        return name

    for one, other in links:
        leader[one] = find(other)
    groups: dict[str, list[str]] = {}
    for name in leader:
        groups.setdefault(find(name), []).append(name)
    return sorted(sorted(group) for group in groups.values())
