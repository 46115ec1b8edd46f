def multiply_matrices(left: list[list[int]], right: list[list[int]]) -> list[list[int]]:
    """Return the product of two matrices; raise ValueError where the columns of the one are not as many as the rows of the other."""
    if len(left[0]) != len(right):
        raise ValueError(f"{len(left[0])} columns do not go with {len(right)} rows")
    columns = list(zip(*right))
    return [[sum(a * b for a, b in zip(row, column)) for column in columns] for row in left]
