from correct_python_programs.cheapest_route import cheapest_route


ROADS = {"a": {"b": 7, "c": 2}, "b": {"d": 1}, "c": {"b": 3, "d": 8}, "d": {"a": 1}}


def test_a_way_over_more_towns_may_be_cheaper():
    assert cheapest_route(ROADS, "a", "b") == (5, ["a", "c", "b"])
    assert cheapest_route(ROADS, "a", "d") == (6, ["a", "c", "b", "d"])


def test_one_is_there_already():
    assert cheapest_route(ROADS, "a", "a") == (0, ["a"])


def test_goes_round_a_circle():
    assert cheapest_route(ROADS, "b", "c") == (4, ["b", "d", "a", "c"])


def test_no_way_leads_there():
    assert cheapest_route({"a": {"b": 1}}, "b", "a") is None
