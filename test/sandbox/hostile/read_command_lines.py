import os


def test_finds_a_secret_in_the_command_line_of_another():
    found = b""
    for name in os.listdir("/" + "proc"):
        try:
            with open("/" + "proc/" + name + "/cmdline", "rb") as file:
                found += file.read()
        except OSError:
            pass
    assert b"SECRET" in found
