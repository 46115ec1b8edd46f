import pytest

from correct_python_programs.format_in_base import format_in_base


def test_base_one_is_refused():
    with pytest.raises(ValueError):
        format_in_base(3, 1)


def test_base_thirty_seven_is_refused():
    with pytest.raises(ValueError):
        format_in_base(3, 37)
