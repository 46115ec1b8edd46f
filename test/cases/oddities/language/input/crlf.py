def dos(text):
    """Carriage
    returns."""
    return text.replace("\r\n", "\n")
