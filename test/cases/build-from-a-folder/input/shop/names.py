"""Names of things that are sold."""


def slug(name: str) -> str:
    """A name as it stands in an address.

    >>> slug("Red Shoes")
    'red-shoes'
    """
    return "-".join(name.lower().split())


def initials(name: str) -> str:
    """
    >>> initials("red shoes")
    'RS'
    """
    return "".join(word[0].upper() for word in name.split())
