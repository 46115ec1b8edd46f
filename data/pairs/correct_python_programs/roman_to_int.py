_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def roman_to_int(numeral: str) -> int:
    """Return the value of a Roman numeral such as XIV; upper case only."""
    total = 0
    for position, symbol in enumerate(numeral):
        value = _VALUES[symbol]
        following = numeral[position + 1 : position + 2]
        if following and _VALUES[following] > value:
            total -= value
        else:
            total += value
    return total
