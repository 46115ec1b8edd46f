"""What a user reads of an exception: one line, the same on every machine and in every run."""

import re

_MOST = 300
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}")
_OBJECT_NUMBER = re.compile(r"\b(pytest-of-\w+/pytest-)\d+")


def one_line(text, shown):
    """The text without addresses, control characters and this machine's folders; `shown` pairs folders with names."""
    for folder, name in shown:
        text = text.replace(folder, name)
    text = _OBJECT_NUMBER.sub(r"\1N", _ADDRESS.sub("0x…", text))
    text = " ".join(text.split())
    text = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)
    return text if len(text) <= _MOST else text[: _MOST - 1] + "…"


def exception(error, shown):
    """`TypeError: message`; of an assertion what pytest makes of it, with where its values come from."""
    try:
        lines = str(error).splitlines()
    except Exception:
        lines = ["(its message cannot be shown)"]
    message = " ".join(
        [
            *lines[:1],
            *(line.strip().removeprefix("+").strip() for line in lines[1:] if line.strip().startswith("+  where")),
        ]
    )
    name = type(error).__name__
    return one_line(f"{name}: {message}" if message else name, shown)
