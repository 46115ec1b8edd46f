# Tests of input: nesting.py (written by pipeline generate; teacher.yaml)
# Change what you like: a changed file is not overwritten. sha256:0813432fe8987b54d5cc5d916d6eadd616b9a98000a24188bf6c19fca5ca9c15
import pytest

from nesting import coin, collected, counter, fibonacci, greet, repeated, shouted


def test_counter():
    step = counter(10)
    assert [step(), step(5)] == [11, 16]


def test_shouted():
    @shouted
    def word():
        "Kept by wraps."
        return "word"

    assert word() == "WORD"
    assert word.__doc__ == "Kept by wraps."


def test_repeated():
    assert repeated(2)(str)(7) == ["7", "7"]


def test_greet():
    assert greet("ada") == "HELLO ADA"


def test_coin():
    assert coin("heads") == ["heads", "heads"]


@pytest.mark.parametrize("n, value", [(0, 0), (1, 1), (10, 55)])
def test_fibonacci(n, value):
    assert fibonacci(n) == value


def test_collected():
    into = []
    with pytest.raises(KeyError):
        with collected(into) as found:
            found.append(1)
            raise KeyError
    assert into == [1]
