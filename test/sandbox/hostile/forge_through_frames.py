import sys


def test_forges_a_report_through_frames():
    frame = sys._getframe()
    while frame:
        if "nonce" in frame.f_locals:
            raise SystemExit(0)
        frame = frame.f_back
    assert False
