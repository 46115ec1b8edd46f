def page_of(total: int, size: int, page: int) -> dict[str, int]:
    """
    Describe a page of a list, the first being 1: "first" and "last" item on it (from 1), and how many "pages" there are.

    A page beyond the end is taken for the last; an empty list has one page, from 0 to 0.
    """
    pages = max(1, (total + size - 1) // size)
    page = min(max(page, 1), pages)
    first = (page - 1) * size + 1
    last = min(page * size, total)
    return {"first": min(first, last), "last": last, "pages": pages}
