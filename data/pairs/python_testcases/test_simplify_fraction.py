import pytest

from correct_python_programs.simplify_fraction import simplify_fraction


def test_takes_out_what_both_share():
    assert simplify_fraction(6, 8) == (3, 4)
    assert simplify_fraction(7, 7) == (1, 1)


def test_leaves_lowest_terms_alone():
    assert simplify_fraction(3, 5) == (3, 5)


def test_the_sign_stands_above():
    assert simplify_fraction(-2, 4) == (-1, 2)
    assert simplify_fraction(2, -4) == (-1, 2)
    assert simplify_fraction(-2, -4) == (1, 2)


def test_nothing_is_nothing_of_one():
    assert simplify_fraction(0, -5) == (0, 1)


def test_a_denominator_of_zero():
    with pytest.raises(ZeroDivisionError):
        simplify_fraction(1, 0)
