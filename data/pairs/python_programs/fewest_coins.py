def fewest_coins(amount: int, coins: list[int]) -> int | None:
    """Return the smallest number of coins that make up an amount, each kind as often as wanted; None where none do."""
    fewest: list[int | None] = [0] + [None] * amount
    for total in range(1, amount + 1):
        for coin in coins:
            before = fewest[total - coin] if coin < total else None
            if before is None:
                continue
            if fewest[total] is None or before + 1 < fewest[total]:
                fewest[total] = before + 1
    return fewest[amount]
