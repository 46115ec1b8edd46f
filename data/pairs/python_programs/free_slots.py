def free_slots(busy: list[list[int]], opens: int, closes: int, shortest: int) -> list[list[int]]:
    """
    List the gaps of at least `shortest` minutes between meetings of one day.

    Meetings are [start, end] in minutes, in any order; they may overlap, and begin before `opens` or end after `closes`.
    """
    slots = []
    free_from = opens
    for start, end in sorted(busy):
        until = min(start, closes)
        if until - free_from >= shortest:
            slots.append([free_from, until])
        free_from = end
    if closes - free_from >= shortest:
        slots.append([free_from, closes])
    return slots
