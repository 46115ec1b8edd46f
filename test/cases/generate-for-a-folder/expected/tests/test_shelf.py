# Tests of input: src/shop/stock/shelf.py (written by pipeline generate; teacher.yaml)
# Change what you like: a changed file is not overwritten. sha256:50b35ff6bbc2dd53bcf74db93290f8d71979e19ebcf91126a85d7684738ff0d1
import pytest

from shop.stock.shelf import Shelf


def test_put():
    assert Shelf().items == {}


@pytest.fixture
def shelf():
    return Shelf()


def test_put_2(shelf):
    assert shelf.put("cap", 2) == 2
    assert shelf.put("cap") == 3


def test_put_nothing(shelf):
    with pytest.raises(ValueError):
        shelf.put("cap", 0)
