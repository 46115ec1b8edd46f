def spiral_order(matrix: list[list[int]]) -> list[int]:
    """List the cells of a matrix from the upper left corner, clockwise along the edges and then inwards."""
    cells: list[int] = []
    top, left = 0, 0
    bottom, right = len(matrix) - 1, len(matrix[0]) - 1 if matrix else -1
    while top <= bottom and left <= right:
        cells += matrix[top][left : right + 1]
        cells += [matrix[row][right] for row in range(top + 1, bottom + 1)]
        if top < bottom:
            cells += [matrix[bottom][column] for column in range(right - 1, left - 1, -1)]
            cells += [matrix[row][left] for row in range(bottom - 1, top, -1)]
        top, left, bottom, right = top + 1, left + 1, bottom - 1, right - 1
    return cells
