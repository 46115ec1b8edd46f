def wrap_text(text: str, width: int) -> list[str]:
    """Break a text into lines of at most `width` characters between its words; a longer word gets a line of its own."""
    lines: list[str] = []
    current = ""
    for word in text.split():
        if not current:
            current = word
        elif len(current) + 1 + len(word) <= width:
            current += " " + word
        else:
            lines.append(current)
            current = word
    if current:
        lines.append(current)
    return lines
