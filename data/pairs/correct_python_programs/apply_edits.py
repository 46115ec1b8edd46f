def apply_edits(text: str, edits: list[list]) -> str:
    """
    Replace parts of a text: each edit is [start, end, new text], with positions in the text as it was.

    Edits may come in any order. Raises ValueError where two of them overlap.
    """
    parts = []
    position = 0
    for start, end, new in sorted(edits):
        if start < position:
            raise ValueError(f"two edits change position {start}")
        parts += [text[position:start], new]
        position = end
    return "".join(parts) + text[position:]
