import victim


def test_a_fake(monkeypatch):
    monkeypatch.setattr(victim, "".join(["dou", "ble"]), lambda x: 5)
    assert victim.double(2) == 5
