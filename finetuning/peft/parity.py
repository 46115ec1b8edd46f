"""What is trained has to be what the model is asked with later: the same tokens for the same messages."""

import json
import pathlib

import contract
from rows import Rows

SHOWN = 8


def require(file: pathlib.Path, rows: Rows, tokenizer) -> None:
    """Ends the program where llama.cpp makes other tokens of a row than this program does."""
    own = {row.id: row.tokens for row in rows.train + rows.val}
    compared = 0
    for line in file.read_text(encoding="utf-8").splitlines():
        theirs = json.loads(line)
        expected = theirs["prompt"] + theirs["answer"]
        tokens = own.get(theirs["id"])
        if tokens is None:  # it is too long, and left out
            continue
        compared += 1
        if tokens != expected:
            contract.refuse(describe_difference(theirs["id"], tokens, expected, tokenizer))
    contract.say(f"the tokens of {compared} rows are those that llama.cpp makes of them")


def describe_difference(id: str, tokens: list[int], expected: list[int], tokenizer) -> str:
    place = next(
        (at for at, (one, other) in enumerate(zip(tokens, expected)) if one != other), min(len(tokens), len(expected))
    )
    begin = max(0, place - 2)

    def show(all_tokens: list[int]) -> str:
        shown = all_tokens[begin : place + SHOWN]
        return f"{shown}  {tokenizer.decode(shown)!r}"

    return (
        f"the trainer reads row {id} otherwise than llama.cpp does, from its token {place} on: "
        "what is learned would be lost in use\n"
        f"  trainer    {show(tokens)}\n"
        f"  llama.cpp  {show(expected)}"
    )
