import os


def test_leaves_what_is_hard_to_remove():
    locked = os.path.abspath("locked")
    os.makedirs(locked + "/inside")
    os.chmod(locked, 0)
    for _ in range(2000):
        os.mkdir("d")
        os.chdir("d")
    assert not len(locked)
