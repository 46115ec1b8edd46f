import pytest

from correct_python_programs.parse_ini import parse_ini


def test_a_line_without_a_value_is_refused():
    with pytest.raises(ValueError):
        parse_ini("[a]\nnothing")
