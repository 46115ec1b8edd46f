def life_step(cells: list[list[int]]) -> list[list[int]]:
    """Return the next generation of Conway's game of life on a board with 1 for a living cell; beyond its edges nothing lives."""
    height, width = len(cells), len(cells[0]) if cells else 0

    def neighbours(row: int, column: int) -> int:
        rows = range(max(row - 1, 0), min(row + 2, height))
        columns = range(max(column - 1, 0), min(column + 2, width))
        return sum(cells[r][c] for r in rows for c in columns) - cells[row][column]

    return [
        [int(neighbours(row, column) == 3 or (cells[row][column] == 1 and neighbours(row, column) == 2)) for column in range(width)]
        for row in range(height)
    ]
