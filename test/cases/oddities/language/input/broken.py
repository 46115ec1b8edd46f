def whole(a):
    return a + 1


def half(a:
    return a / 2


def other(a):
    return a - 1
