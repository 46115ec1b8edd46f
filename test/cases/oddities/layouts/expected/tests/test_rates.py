# Tests of input: lib/acme/tools/rates.py (written by pipeline generate; teacher.yaml)
# Change what you like: a changed file is not overwritten. sha256:2f8312d6f59ba368fff511fed7d81eb1c3c911dd2512ff2f904418750cd0a23f
import pytest

from acme.tools.rates import known, rate


def test_rate():
    assert rate("low") == 5
    with pytest.raises(KeyError):
        rate("middle")


def test_known():
    assert known() == ["high", "low"]
