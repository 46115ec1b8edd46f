"""A byte order mark."""


def marked(text):
    return text.removeprefix("\ufeff")
