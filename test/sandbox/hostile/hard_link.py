import os

import victim


def test_moves_a_file_out_of_its_place():
    reached = []
    for move in (os.link, os.rename):
        try:
            move(victim.__file__, "taken")
            reached.append(move)
        except OSError:
            pass
    try:
        open("mine", "w").close()
        os.link("mine", "@OUTSIDE@/escaped")
        reached.append("out")
    except OSError:
        pass
    assert reached
