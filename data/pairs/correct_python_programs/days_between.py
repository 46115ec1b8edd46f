_DAYS_BEFORE = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]


def days_between(first: list[int], second: list[int]) -> int:
    """Count the days from one date [year, month, day] to another; negative where the second is the earlier one."""
    return _ordinal(*second) - _ordinal(*first)


def _ordinal(year: int, month: int, day: int) -> int:
    before = year - 1
    days = before * 365 + before // 4 - before // 100 + before // 400
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    days += _DAYS_BEFORE[month - 1] + day
    return days + 1 if is_leap and month > 2 else days
