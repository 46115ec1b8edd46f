def flatten_settings(settings: dict, separator: str = ".") -> dict:
    """Turn tables inside tables into one, with the names on the way to a value joined: {"db": {"port": 1}} gives {"db.port": 1}."""
    flat = {}
    for name, value in settings.items():
        if isinstance(value, dict):
            for inner, leaf in flatten_settings(value, separator).items():
                flat[name + separator + inner] = leaf
        else:
            flat[name] = value
    return flat
