def format_size(size: int) -> str:
    """Write a number of bytes with the largest binary unit that it fills, to one decimal: 512 B, 1.0 KiB, 3.5 MiB."""
    if size < 1024:
        return f"{size} B"
    scaled = float(size)
    for unit in ("KiB", "MiB", "GiB"):
        scaled /= 1024
        if scaled < 1024:
            return f"{scaled:.1f} {unit}"
    return f"{scaled / 1024:.1f} TiB"
