def version(text):
    return tuple(int(part) for part in text.split("."))
