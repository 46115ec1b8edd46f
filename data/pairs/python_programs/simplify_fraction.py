import math


def simplify_fraction(numerator: int, denominator: int) -> tuple[int, int]:
    """Return a fraction in lowest terms, its denominator positive; raise ZeroDivisionError where that is zero."""
    if denominator == 0:
        raise ZeroDivisionError(f"{numerator}/0")
    divisor = math.gcd(numerator, denominator)
    if numerator < 0:
        divisor = -divisor
    return numerator // divisor, denominator // divisor
