import pytest

from correct_python_programs.tokenise import tokenise


def test_an_unknown_character_is_refused():
    with pytest.raises(ValueError):
        tokenise("1 $ 2")


def test_a_point_without_a_digit_is_refused():
    with pytest.raises(ValueError):
        tokenise("1.")
