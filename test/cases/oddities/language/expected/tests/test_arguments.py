# Tests of input: arguments.py (written by pipeline generate; teacher.yaml)
# Change what you like: a changed file is not overwritten. sha256:47e5793150df0864325641023c765a5dc2e22a276c2fb328389115221ce1b76c
import pytest

from arguments import appended, divide, merged, scaled, tag


def test_divide():
    assert divide(6, 3) == 2


def test_divide_by_name():
    with pytest.raises(TypeError):
        divide(dividend=6, divisor=3)


def test_tag():
    assert tag("a", "x", "y", sep="-", name="top", id="1") == '<a id="1" name="top">x-y</a>'


def test_scaled():
    assert scaled(by=3) == [3, 6]
    with pytest.raises(TypeError):
        scaled(3)


def test_merged():
    assert merged({"a": 1}, {"a": 2}, b=3) == {"a": 2, "b": 3}


def test_appended():
    assert appended(1) == [1]
    assert appended(1) == [1]
