def diff_lines(old: list[str], new: list[str]) -> list[str]:
    """Describe how to come from the old lines to the new ones: each line with "  ", "- " or "+ " before it, a removed one first."""
    common = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for row in reversed(range(len(old))):
        for column in reversed(range(len(new))):
            if old[row] == new[column]:
                common[row][column] = common[row + 1][column + 1] + 1
            else:
                common[row][column] = max(common[row + 1][column], common[row][column + 1])
    described = []
    row = column = 0
    while row < len(old) or column < len(new):
        if row < len(old) and column < len(new) and old[row] == new[column]:
            described.append("  " + old[row])
            row, column = row + 1, column + 1
        elif column == len(new) or (row < len(old) and common[row + 1][column] >= common[row][column + 1]):
            described.append("- " + old[row])
            row += 1
        else:
            described.append("+ " + new[column])
            column += 1
    return described
