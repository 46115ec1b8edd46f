def topological_sort(needs: dict[str, list[str]]) -> list[str]:
    """
    Order tasks so that each stands after those that it needs; of several that could come next, the first by name does.

    Raises ValueError where tasks need each other in a circle.
    """
    names = set(needs) | {name for wanted in needs.values() for name in wanted}
    done: list[str] = []
    while len(done) < len(names):
        ready = [name for name in names if name not in done and all(other in done for other in needs.get(name, []))]
        if not ready:
            raise ValueError("tasks need each other in a circle")
        done += sorted(ready)
    return done
