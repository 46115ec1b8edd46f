from correct_python_programs.merge_settings import merge_settings


def test_the_base_stays_as_it_is():
    base = {"level": 1, "db": {"port": 1}}
    merge_settings(base, {"level": 2, "db": {"port": 2}})
    assert base == {"level": 1, "db": {"port": 1}}


def test_the_result_is_a_table_of_its_own():
    base = {"level": 1}
    merge_settings(base, {})["level"] = 3
    assert base == {"level": 1}
