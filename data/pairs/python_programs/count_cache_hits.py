def count_cache_hits(capacity: int, keys: list[str]) -> int:
    """Count how many look-ups a cache answers that forgets the least recently used of its keys when it is full."""
    cached: list[str] = []
    hits = 0
    for key in keys:
        if key in cached:
            hits += 1
            cached.remove(key)
        cached.append(key)
        if len(cached) > capacity:
            cached.pop()
    return hits
