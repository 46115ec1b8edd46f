import pytest

from correct_python_programs.apply_edits import apply_edits


def test_edits_that_overlap_are_refused():
    with pytest.raises(ValueError):
        apply_edits("abc", [[0, 2, "x"], [1, 3, "y"]])
