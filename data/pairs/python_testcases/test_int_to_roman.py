import pytest

from correct_python_programs.int_to_roman import int_to_roman


def test_zero_has_no_numeral():
    with pytest.raises(ValueError):
        int_to_roman(0)


def test_four_thousand_has_no_numeral():
    with pytest.raises(ValueError):
        int_to_roman(4000)
