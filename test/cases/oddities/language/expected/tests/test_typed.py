# Tests of input: typed.py (written by pipeline generate; teacher.yaml)
# Change what you like: a changed file is not overwritten. sha256:648d81eac38b57f6ee675b3a530b6e0634f83a321181ca9a3dc29598ec1b551c
import pytest

from typed import Account, Colour, Part, Point, joined, parse


def test_parse():
    assert parse("12") == 12
    assert parse(None) is None


def test_joined():
    assert joined([Part("a"), Part("b")]) == "a, b"


def test_colour():
    assert Colour(1) is Colour.RED


def test_named():
    assert Colour.named("green") is Colour.GREEN


def test_point():
    assert Point() == (0, 0)


def test_moved():
    assert Point(1, 2).moved(3) == (4, 5)


def test_part():
    assert Part("a") < Part("b")
    with pytest.raises(AttributeError):
        Part("a").name = "b"


def test_tagged():
    assert Part("a", ("x",)).tagged("y").tags == ("x", "y")


def test_account():
    assert Account(5).balance == 5


def test_balance():
    account = Account()
    account.balance = 100
    assert account.balance == 100
    with pytest.raises(ValueError, match="above the limit"):
        account.balance = 101


def test_fee():
    assert Account.fee(105) == 10


def test_entry():
    assert Account.Entry(3).amount == 3


def test_is_credit():
    assert Account.Entry(0).is_credit()
    assert not Account.Entry(-1).is_credit()
