def largest_first(coins):
    return sorted(coins, reverse=True)


def make_change(amount, coins):
    change = {}
    for coin in largest_first(coins):
        if amount >= coin:
            change[str(coin)] = amount // coin
            amount %= coin
    return None if amount else change
