"""Values that cannot be written down, and how they are called where that is said."""


class Unwritable(Exception):
    """There is no such text; says why."""


class TooLong(Unwritable):
    """There is one, which nobody would read."""


def kind_of(value):
    """Its class, with an article: a dict."""
    kind = type(value)
    name = kind.__qualname__.rpartition(".")[2]
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"
