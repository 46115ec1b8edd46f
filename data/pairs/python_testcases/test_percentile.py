import pytest

from correct_python_programs.percentile import percentile


def test_the_hundredth_is_the_largest():
    assert percentile([3.0, 9.0, 6.0], 100) == 9.0


@pytest.mark.parametrize(("values", "percent"), [([], 50), ([1.0], -1), ([1.0], 101)])
def test_what_is_no_percentile_is_refused(values, percent):
    with pytest.raises(ValueError):
        percentile(values, percent)
