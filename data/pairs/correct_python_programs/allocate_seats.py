def allocate_seats(votes: dict[str, int], seats: int) -> dict[str, int]:
    """Give each party its seats by D'Hondt's method; of equal quotients, the party that is first by name gets the seat."""
    won = {party: 0 for party in votes}
    for _ in range(seats):
        best = min(votes, key=lambda party: (-votes[party] / (won[party] + 1), party))
        won[best] += 1
    return won
