import pytest

from correct_python_programs.multiply_matrices import multiply_matrices


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError):
        multiply_matrices([[1, 2]], [[1]])
