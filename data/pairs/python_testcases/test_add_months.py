from correct_python_programs.add_months import add_months


def test_stays_in_the_year():
    assert add_months(2023, 3, 15, 2) == (2023, 5, 15)


def test_goes_into_the_next_year():
    assert add_months(2023, 11, 30, 1) == (2023, 12, 30)
    assert add_months(2023, 12, 1, 1) == (2024, 1, 1)


def test_ends_on_the_last_day_of_a_short_month():
    assert add_months(2023, 1, 31, 1) == (2023, 2, 28)
    assert add_months(2024, 1, 31, 1) == (2024, 2, 29)


def test_goes_back():
    assert add_months(2024, 1, 10, -1) == (2023, 12, 10)
    assert add_months(2024, 3, 31, -25) == (2022, 2, 28)
