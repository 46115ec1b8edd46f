import pytest

from correct_python_programs.pack_bins import pack_bins


def test_a_size_larger_than_a_bin_is_refused():
    with pytest.raises(ValueError):
        pack_bins([3, 11], 10)
