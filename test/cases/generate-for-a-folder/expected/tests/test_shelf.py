# Tests of input: src/shop/stock/shelf.py (written by pipeline generate; teacher.yaml)
# Change what you like: a changed file is not overwritten. sha256:caca3bb5838ea6ec2bfa2c3d0af0a6e01d667f2401bf612f4d0df780245ead14
import pytest

from shop.stock.shelf import Shelf


def test_put():
    assert Shelf().items == {}


@pytest.fixture
def shelf():
    return Shelf()


def test_put_with_cap_2(shelf):
    assert shelf.put("cap", 2) == 2
    assert shelf.put("cap") == 3


def test_put_nothing(shelf):
    with pytest.raises(ValueError):
        shelf.put("cap", 0)
