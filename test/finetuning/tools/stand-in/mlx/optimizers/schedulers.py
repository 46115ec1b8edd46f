def cosine_decay(rate, steps, end):
    return lambda step: rate * max(0, 1 - step / steps)
