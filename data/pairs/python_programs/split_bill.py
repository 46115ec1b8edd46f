def split_bill(cents: int, people: int) -> list[int]:
    """
    Share an amount so that no two shares differ by more than a cent; the first ones pay what is left over.

    Raises ValueError where there is nobody to pay.
    """
    if people < 1:
        raise ValueError("nobody pays")
    share, left = divmod(cents, people)
    return [share + 1 if payer <= left else share for payer in range(people)]
