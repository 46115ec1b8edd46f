import pytest

from correct_python_programs.topological_sort import topological_sort


def test_a_circle_is_refused():
    with pytest.raises(ValueError):
        topological_sort({"a": ["b"], "b": ["a"]})


def test_a_task_that_needs_itself_is_refused():
    with pytest.raises(ValueError):
        topological_sort({"a": ["a"]})
