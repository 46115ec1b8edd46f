def test_finds_a_secret_in_an_ancestors_environment():
    found = b""
    for pid in range(1, 5000):
        try:
            with open("/" + "proc/" + str(pid) + "/environ", "rb") as file:
                found += file.read()
        except OSError:
            pass
    assert b"SECRET" in found
