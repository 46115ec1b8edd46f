import pytest

from correct_python_programs.parse_duration import parse_duration


def test_an_empty_text_is_refused():
    with pytest.raises(ValueError):
        parse_duration("")


def test_an_unknown_unit_is_refused():
    with pytest.raises(ValueError):
        parse_duration("3 weeks")
