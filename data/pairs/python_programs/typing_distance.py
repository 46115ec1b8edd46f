def typing_distance(typed: str, meant: str) -> int:
    """Count the slips between two words: characters left out, added, mistaken, or two neighbours in the wrong order."""
    rows = [list(range(len(meant) + 1))]
    for i, letter in enumerate(typed, start=1):
        row = [i]
        for j, other in enumerate(meant, start=1):
            best = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == meant[j - 2] and typed[i - 2] == other:
                best = min(best, rows[i - 2][j - 2])
            row.append(best)
        rows.append(row)
    return rows[-1][-1]
