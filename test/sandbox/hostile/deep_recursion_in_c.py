import itertools


def test_overflows_the_stack_of_c():
    chain = iter([1])
    for _ in range(3 * 10**5):
        chain = itertools.chain(chain)
    assert next(chain) == 1
    raise AssertionError("the stack is deep enough")
