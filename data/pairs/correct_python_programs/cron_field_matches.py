def cron_field_matches(field: str, value: int) -> bool:
    """
    Tell whether a field of a crontab line holds for a value.

    A field is a list with commas of numbers, ranges such as 8-17, and stars; ranges and stars may have a step: */15.
    """
    for part in field.split(","):
        span, _, step = part.partition("/")
        if span == "*":
            first, last = 0, value
        else:
            low, _, high = span.partition("-")
            first, last = int(low), int(high or low)
        if first <= value <= last and (value - first) % int(step or 1) == 0:
            return True
    return False
