import re


def evaluate_expression(text: str) -> float:
    """
    Compute an expression of numbers, + - * / and parentheses, by the usual rules.

    Raises ValueError for a text that is no such expression, ZeroDivisionError for a division by zero.
    """
    tokens = re.findall(r"\d+(?:\.\d+)?|\S", text)

    def total() -> float:
        value = product()
        while tokens and tokens[0] in "+-":
            value = value + product() if tokens.pop(0) == "+" else value - total()
        return value

    def product() -> float:
        value = factor()
        while tokens and tokens[0] in "*/":
            value = value * factor() if tokens.pop(0) == "*" else value / factor()
        return value

    def factor() -> float:
        token = tokens.pop(0) if tokens else "end"
        if token == "-":
            return -factor()
        if token == "(":
            value = total()
            if not tokens or tokens.pop(0) != ")":
                raise ValueError("a parenthesis is not closed")
            return value
        return float(token)

    value = total()
    if tokens:
        raise ValueError(f"unexpected {tokens[0]!r}")
    return value
