from collections.abc import Callable


def remembering(load: Callable[[str], int], capacity: int) -> Callable[[str], int]:
    """Wrap a function of one text so that it is called once for each of the last `capacity` different texts."""
    known: dict[str, int] = {}

    def look_up(key: str) -> int:
        if key in known:
            known[key] = known.get(key)
            return known[key]
        if len(known) == capacity:
            del known[next(iter(known))]
        known[key] = load(key)
        return known[key]

    return look_up
