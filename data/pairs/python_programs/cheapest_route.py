import heapq


def cheapest_route(roads: dict[str, dict[str, int]], start: str, goal: str) -> tuple[int, list[str]] | None:
    """
    Find the cheapest way through a road map { town: { next town: cost } }.

    Returns its cost and its towns, or None where no way leads to the goal.
    """
    waiting = [(0, [start])]
    settled = set()
    while waiting:
        cost, route = heapq.heappop(waiting)
        town = route[-1]
        if town == goal:
            return cost, route
        if town in settled:
            continue
        settled.add(town)
        for following, price in roads.get(town, {}).items():
            heapq.heappush(waiting, (price, [*route, following]))
    return None
