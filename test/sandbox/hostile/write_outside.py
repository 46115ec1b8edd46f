def test_writes_outside():
    written = []
    for path in ("/escaped", "/etc/escaped", "/usr/escaped", "/root/escaped", "@OUTSIDE@/escaped"):
        try:
            with open(path, "a") as file:
                file.write("x")
            written.append(path)
        except OSError:
            pass
    assert written
