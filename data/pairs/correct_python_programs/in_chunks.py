from collections.abc import Iterable, Iterator


def in_chunks(items: Iterable[int], size: int) -> Iterator[list[int]]:
    """Give the items in lists of `size`; the last one holds what is left."""
    chunk: list[int] = []
    for item in items:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
