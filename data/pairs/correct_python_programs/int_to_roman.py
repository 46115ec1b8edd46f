_SYMBOLS = [
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"),
    (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
]


def int_to_roman(number: int) -> str:
    """Write a number from 1 to 3999 as a Roman numeral; raise ValueError for any other."""
    if not 1 <= number <= 3999:
        raise ValueError(f"no Roman numeral for {number}")
    written = []
    for value, symbol in _SYMBOLS:
        count, number = divmod(number, value)
        written.append(symbol * count)
    return "".join(written)
