def best_bookings(bookings: list[list[int]]) -> int:
    """Return the most that bookings [start, end, price] of one room can earn; one may begin when another ends."""
    ordered = sorted(bookings, key=lambda booking: booking[1])
    best = [0]
    for index, (start, _, price) in enumerate(ordered):
        compatible = index
        while compatible > 0 and ordered[compatible - 1][1] >= start:
            compatible -= 1
        best.append(max(best[-1], best[compatible] + price))
    return best[-1]
