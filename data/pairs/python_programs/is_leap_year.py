def is_leap_year(year: int) -> bool:
    """Tell whether a year of the Gregorian calendar has a 29th of February."""
    if year % 100 == 0:
        return False
    return year % 4 == 0
