import pytest
from node import Node

if pytest.use_correct:
    from correct_python_programs.count_reachable import count_reachable
else:
    from python_programs.count_reachable import count_reachable


def test1():
    """Case 1: A node by itself
    Output: 1
    """

    assert count_reachable(Node("a")) == 1


def test2():
    """Case 2: A cycle
    Output: 3
    """

    first = Node("first")
    last = Node("last", [first])
    first.successors = [Node("middle", [last]), last]
    assert count_reachable(first) == 3
