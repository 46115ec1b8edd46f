from correct_python_programs.remembering import remembering


def recorder():
    calls = []

    def load(key):
        calls.append(key)
        return len(key)

    return load, calls


def test_calls_once_for_a_text():
    load, calls = recorder()
    look_up = remembering(load, 3)
    assert [look_up("abc"), look_up("abc"), look_up("")] == [3, 3, 0]
    assert calls == ["abc", ""]


def test_forgets_the_oldest_when_it_is_full():
    load, calls = recorder()
    look_up = remembering(load, 2)
    for key in ["a", "b", "c", "a"]:
        look_up(key)
    assert calls == ["a", "b", "c", "a"]


def test_what_was_used_last_is_kept():
    load, calls = recorder()
    look_up = remembering(load, 2)
    for key in ["a", "b", "a", "c", "a"]:
        look_up(key)
    assert calls == ["a", "b", "c"]


def test_two_wrappers_share_nothing():
    load, calls = recorder()
    remembering(load, 2)("a")
    remembering(load, 2)("a")
    assert calls == ["a", "a"]
