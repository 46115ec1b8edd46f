import pytest

from correct_python_programs.moving_average import moving_average


def test_a_window_of_nothing_is_refused():
    with pytest.raises(ValueError):
        moving_average([1.0], 0)
