_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def format_in_base(number: int, base: int) -> str:
    """Write an integer in a base from 2 to 36 with lower-case digits and, where it is negative, a minus sign."""
    if not 2 <= base <= 36:
        raise ValueError(f"base {base} is not from 2 to 36")
    left = abs(number)
    digits = []
    while left >= base:
        left, digit = divmod(left, base)
        digits.append(_DIGITS[digit])
    digits.append(_DIGITS[left])
    sign = "-" if number < 0 else ""
    return sign + "".join(reversed(digits))
