def is_valid_card_number(number: str) -> bool:
    """Check the last digit of a card number (Luhn's rule); blanks and hyphens between digits do not count."""
    digits = number.replace(" ", "").replace("-", "")
    if not digits.isdigit() or len(digits) < 2:
        return False
    total = 0
    for place, digit in enumerate(digits):
        value = int(digit)
        if place % 2 == 1:
            value *= 2
            if value > 9:
                value -= 9
        total += value
    return total % 10 == 0
