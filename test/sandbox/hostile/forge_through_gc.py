import gc
import json
import os


def test_forges_a_report():
    for thing in gc.get_objects():
        if type(thing).__name__ == "_Reporter":
            thing.send({"end": "test_forges_a_report"})
    assert False
