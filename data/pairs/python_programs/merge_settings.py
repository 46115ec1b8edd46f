def merge_settings(base: dict, override: dict) -> dict:
    """Return settings in which those of `override` win; tables inside are merged in turn. Neither argument is changed."""
    merged = base
    for name, value in override.items():
        if isinstance(value, dict) and isinstance(merged.get(name), dict):
            merged[name] = merge_settings(merged[name], value)
        else:
            merged[name] = value
    return merged
