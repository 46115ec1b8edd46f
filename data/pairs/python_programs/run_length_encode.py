def run_length_encode(text: str) -> list[list]:
    """Describe a text as runs [character, count], in order."""
    runs: list[list] = []
    for character in text:
        if runs and runs[0][0] == character:
            runs[-1][1] += 1
        else:
            runs.append([character, 1])
    return runs
