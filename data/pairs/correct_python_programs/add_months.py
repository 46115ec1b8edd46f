import calendar


def add_months(year: int, month: int, day: int, months: int) -> tuple[int, int, int]:
    """
    Move a date by whole months, forward or back; a day that the new month lacks becomes its last day.
    """
    years, index = divmod(month - 1 + months, 12)
    year += years
    month = index + 1
    last = calendar.monthrange(year, month)[1]
    return year, month, min(day, last)
