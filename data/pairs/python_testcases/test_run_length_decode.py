import pytest

from correct_python_programs.run_length_decode import run_length_decode


def test_a_number_at_the_end_is_refused():
    with pytest.raises(ValueError):
        run_length_decode("a3")
