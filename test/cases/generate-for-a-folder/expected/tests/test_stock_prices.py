# Tests of input: src/shop/stock/prices.py (written by pipeline generate; teacher.yaml)
# Change what you like: a changed file is not overwritten. sha256:b8706c66f39eb0b7956577a27b498b23b3171c35af277b3ee640393d7309d312
from shop.stock.prices import discount


def test_discount():
    assert discount(999) == 899
    assert discount(200, percent=50) == 100
