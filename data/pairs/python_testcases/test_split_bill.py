import pytest

from correct_python_programs.split_bill import split_bill


def test_nobody_pays():
    with pytest.raises(ValueError):
        split_bill(100, 0)


def test_no_cent_is_lost():
    for people in range(1, 12):
        assert sum(split_bill(1001, people)) == 1001
