def test_fails_with_a_long_message():
    raise ValueError("\ud800" + "x" * (2 << 20))
