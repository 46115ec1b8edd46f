def rotate_matrix(matrix: list[list[int]]) -> list[list[int]]:
    """Turn a matrix by a quarter to the right (clockwise); it need not be square."""
    return [list(row) for row in zip(*matrix)][::-1]
