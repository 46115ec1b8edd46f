def first_unmatched(code: str) -> int:
    """Return the position of the first bracket that closes nothing, else of the innermost one that is never closed, else -1."""
    closing = {")": "(", "]": "[", "}": "{"}
    waiting: list[int] = []
    for position, character in enumerate(code):
        if character in closing.values():
            waiting.append(position)
        elif character in closing:
            if not waiting or code[waiting[0]] != closing[character]:
                return position
            waiting.pop()
    return waiting[-1] if waiting else -1
