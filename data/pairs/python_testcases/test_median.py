import pytest

from correct_python_programs.median import median


def test_nothing_has_no_median():
    with pytest.raises(ValueError):
        median([])


def test_the_values_stay_as_they_are():
    values = [3.0, 1.0, 2.0]
    median(values)
    assert values == [3.0, 1.0, 2.0]
