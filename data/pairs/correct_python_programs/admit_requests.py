def admit_requests(times: list[int], limit: int, window: int) -> list[bool]:
    """
    Say of each request whether a limit lets it in: at most `limit` admitted ones in any `window` seconds.

    Times are in seconds, in order. A request that comes exactly `window` seconds after another is in the next window.
    """
    admitted: list[int] = []
    decisions = []
    for time in times:
        recent = [earlier for earlier in admitted if time - earlier < window]
        decisions.append(len(recent) < limit)
        if decisions[-1]:
            admitted.append(time)
    return decisions
