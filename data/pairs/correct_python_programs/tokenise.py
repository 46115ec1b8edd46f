import re

_TOKEN = re.compile(r"\s*(\d+(?:\.\d+)?|[A-Za-z_]\w*|\*\*|[-+*/()=])")


def tokenise(expression: str) -> list[str]:
    """
    Split an arithmetic expression into numbers, names, operators and parentheses; blanks between them do not count.

    Raises ValueError at a character that belongs to none of them.
    """
    tokens = []
    position = 0
    end = len(expression.rstrip())
    while position < end:
        match = _TOKEN.match(expression, position)
        if match is None:
            raise ValueError(f"unexpected {expression[position]!r} at {position}")
        tokens.append(match.group(1))
        position = match.end()
    return tokens
