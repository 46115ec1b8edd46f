def run_length_decode(encoded: str) -> str:
    """
    Undo a run-length encoding such as 3a2b (aaabb); a character without a number stands once.

    Raises ValueError where a number has no character after it.
    """
    decoded = []
    count = ""
    for character in encoded:
        if character.isdigit():
            count += character
        else:
            decoded.append(character * int(count or 1))
            count = ""
    if count:
        raise ValueError(f"no character after {count}")
    return "".join(decoded)
