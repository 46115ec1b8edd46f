"""Conversations as tokens: only the last answer is learned."""

import dataclasses
import functools
import json
import pathlib
import re

import contract


@dataclasses.dataclass(frozen=True)
class Row:
    id: str
    tokens: list[int]
    # Where the answer begins: the tokens before it are read, and not learned.
    answer: int

    @property
    def trained(self) -> int:
        return len(self.tokens) - self.answer


@dataclasses.dataclass(frozen=True)
class Rows:
    train: list[Row]
    val: list[Row]


def read(folder: pathlib.Path, training: dict, tokenizer) -> Rows:
    """Reads the rows that fit; those that do not are listed in left-out.jsonl, never cut."""
    longest = training["config"]["max_seq_length"]
    left_out = []

    def read_file(name: str | None) -> list[Row]:
        if name is None:
            return []
        kept = []
        with open(folder / name, encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                unfit = None if "prompt" in row else unfit_for_template(row["messages"], tokenizer)
                if unfit is not None:
                    left_out.append({"id": row["id"], "reason": unfit})
                    continue
                made = tokenize(row, tokenizer)
                if len(made.tokens) <= longest:
                    kept.append(made)
                else:
                    left_out.append(
                        {
                            "id": made.id,
                            "reason": f"too long: {len(made.tokens)} tokens, and max_seq_length is {longest}",
                        }
                    )
        return kept

    made = Rows(read_file(training["train"]), read_file(training["val"]))
    (folder / "left-out.jsonl").write_text("".join(json.dumps(each) + "\n" for each in left_out), encoding="utf-8")
    if not made.train:
        contract.refuse(f"no row fits into max_seq_length, {longest}: raise it in sft.yaml")
    return made


def tokenize(row: dict, tokenizer) -> Row:
    """The prompt and the answer apart, as they are when the model is used: the prompt is read, the answer written after
    it."""
    prompt, answer = (row["prompt"], row["answer"]) if "prompt" in row else rendered(row, tokenizer)
    prompt_tokens = tokens_of(prompt, tokenizer)
    return Row(row["id"], prompt_tokens + tokens_of(answer, tokenizer), len(prompt_tokens))


def tokens_of(pieces: list[dict], tokenizer) -> list[int]:
    """What a chat format writes has control tokens; what a message says stays text (as
    pipeline/models/llama/vocabulary.ts has it)."""
    control = control_tokens(tokenizer)
    if not any(token in piece["text"] for piece in pieces if piece["from"] == "message" for token in control):
        return tokenizer.encode("".join(piece["text"] for piece in pieces), add_special_tokens=False)
    marks = re.compile("|".join(f"({re.escape(token)})" for token in sorted(control, key=len, reverse=True)))
    tokens, plain, strip = [], "", False

    def text_before(following) -> list[int]:
        text = plain.lstrip() if strip else plain
        text = text.rstrip() if following is not None and following.lstrip else text
        return tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True) if text else []

    for piece in pieces:
        place = 0
        for mark in marks.finditer(piece["text"]) if piece["from"] == "format" else ():
            plain += piece["text"][place : mark.start()]
            id, token = control[mark.group()]
            tokens += [*text_before(token), id]
            plain, strip, place = "", token.rstrip, mark.end()
        plain += piece["text"][place:]
    return tokens + text_before(None)


def rendered(row: dict, tokenizer) -> tuple[list[dict], list[dict]]:
    """Where the toolkit did not write the row's text: as the tokenizer's own chat template writes it."""
    if tokenizer.chat_template is None:
        contract.refuse(
            "the base model has no chat template: name one with chatTemplate of the model in the pipeline file, and "
            "compare tokens"
        )
    if "strftime_now" in tokenizer.chat_template:
        contract.refuse(
            "the base's chat template writes today's date, so that rows would be others tomorrow: compare tokens "
            "(compareTokens), for which the toolkit writes them with a fixed date"
        )
    messages = [{"role": message["role"], "content": message["content"]} for message in row["messages"]]
    prompt = tokenizer.apply_chat_template(messages[:-1], tokenize=False, add_generation_prompt=True)
    whole = tokenizer.apply_chat_template(messages, tokenize=False)
    if not whole.startswith(prompt):
        contract.refuse(
            f"the chat template does not write the answer of {row['id']} after its prompt, so that what is learned "
            "cannot be told"
        )
    answer = up_to_end(whole[len(prompt) :], tokenizer.eos_token)
    return [{"text": prompt, "from": "format"}], [{"text": answer, "from": "format"}]


def unfit_for_template(messages: list[dict], tokenizer) -> str | None:
    """Why the tokenizer's own chat template must not be given a conversation; None where it can."""
    if any(set(message) - {"role", "content"} for message in messages):
        return (
            "more than roles and contents: thoughts and calls of functions are written by the toolkit alone, where "
            "tokens are compared"
        )
    found = next(
        (token for message in messages for token in control_tokens(tokenizer) if token in message["content"]), None
    )
    return (
        None
        if found is None
        else f"control token in the text: {found}, which a chat template does not tell from its own"
    )


@functools.lru_cache(maxsize=1)
def control_tokens(tokenizer) -> dict[str, tuple[int, object]]:
    """Control tokens of the vocabulary as they are written, with their numbers and attributes."""
    return {token.content: (id, token) for id, token in tokenizer.added_tokens_decoder.items() if token.special}


def up_to_end(answer: str, end: str) -> str:
    """Templates put a line feed after the end of a message, which no model is asked to write."""
    place = answer.rfind(end) if end else -1
    return answer if place == -1 else answer[: place + len(end)]
