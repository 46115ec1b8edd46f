def pack_bins(sizes: list[int], capacity: int) -> list[list[int]]:
    """
    Put sizes into as few bins as first-fit-decreasing finds: the largest first, each into the first bin that has room.

    Raises ValueError where a size is larger than a bin.
    """
    bins: list[list[int]] = []
    for size in sorted(sizes, reverse=True):
        if size > capacity:
            raise ValueError(f"{size} does not fit into {capacity}")
        for packed in bins:
            if sum(packed) + size <= capacity:
                packed.append(size)
                break
        else:
            bins.append([size])
    return bins
