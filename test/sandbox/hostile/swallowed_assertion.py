from victim import double


def test_that_cannot_fail():
    try:
        assert double(2) == 5
    except AssertionError:
        pass
