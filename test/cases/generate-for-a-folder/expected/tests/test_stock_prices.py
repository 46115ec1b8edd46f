# Tests of input: src/shop/stock/prices.py (written by pipeline generate; teacher.yaml)
# Change what you like: a changed file is not overwritten. sha256:ea7133e110c996679bf09319feefadabd10a85534aea513a34d05b0bd4375a68
from shop.stock.prices import discount


def test_discount_with_999():
    assert discount(999) == 899
