def add_tax(cents: int, percent: int) -> int:
    """Add a tax to an amount, rounded to whole cents, a half away from zero; the amount may be negative (a refund)."""
    tax, rest = divmod(abs(cents) * percent, 100)
    if rest > 50:
        tax += 1
    return cents + tax if cents >= 0 else cents - tax
