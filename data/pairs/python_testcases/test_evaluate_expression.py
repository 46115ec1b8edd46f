import pytest

from correct_python_programs.evaluate_expression import evaluate_expression


@pytest.mark.parametrize("text", ["", "1 +", "(1", "1 2", "two", "1)"])
def test_what_is_no_expression_is_refused(text):
    with pytest.raises(ValueError):
        evaluate_expression(text)


def test_division_by_zero():
    with pytest.raises(ZeroDivisionError):
        evaluate_expression("1 / (2 - 2)")
