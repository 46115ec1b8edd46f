def join_url(base: str, path: str) -> str:
    """
    Put a path behind the address of a service, with one slash between them, and before the address's query.

    The path may be empty; then the address stays as it is.
    """
    if not path:
        return base
    address, question, query = base.partition("?")
    return address.rstrip("/") + "/" + path.lstrip("/") + question + query
