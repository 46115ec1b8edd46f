"""Every kind of parameter."""


def divide(dividend, divisor, /):
    return dividend / divisor


def tag(name, /, *content, sep="", **attributes):
    """Only the name is positional alone."""
    inside = "".join(f' {key}="{value}"' for key, value in sorted(attributes.items()))
    return f"<{name}{inside}>{sep.join(content)}</{name}>"


def scaled(*, by, values=(1, 2)):
    return [value * by for value in values]


def merged(*mappings, **more):
    result = {}
    for mapping in mappings:
        result |= mapping
    return result | more


def appended(item, to=[]):
    """The default is shared: a bug that tests have to live with."""
    return [*to, item]
