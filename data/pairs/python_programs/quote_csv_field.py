def quote_csv_field(value: str, separator: str = ",") -> str:
    """Write a value as a field of CSV: in double quotes where it holds a separator, a quote, a line end or a blank at an end."""
    special = (separator, "'", "\n", "\r")
    if any(character in value for character in special) or value != value.strip(" "):
        return '"' + value.replace('"', '""') + '"'
    return value
