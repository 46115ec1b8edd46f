import os

import victim


def test_changes_the_code_under_test():
    with open(victim.__file__, "a") as file:
        file.write("\nescaped = True\n")
    os.remove(victim.__file__)
