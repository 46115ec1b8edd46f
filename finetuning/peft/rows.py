"""Conversations as tokens: only the last answer is learned."""

import dataclasses
import json
import pathlib

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
    if tokenizer.chat_template is None:
        contract.refuse("the base model has no chat template: name one with chatTemplate of the model in the pipeline file")
    longest = training["config"]["max_seq_length"]
    left_out = []

    def read_file(name: str | None) -> list[Row]:
        if name is None:
            return []
        kept = []
        with open(folder / name, encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                made = tokenize(row["id"], row["messages"], tokenizer)
                if len(made.tokens) <= longest:
                    kept.append(made)
                else:
                    left_out.append({"id": made.id, "reason": f"too long: {len(made.tokens)} tokens, and max_seq_length is {longest}"})
        return kept

    made = Rows(read_file(training["train"]), read_file(training["val"]))
    (folder / "left-out.jsonl").write_text("".join(json.dumps(each) + "\n" for each in left_out), encoding="utf-8")
    if not made.train:
        contract.refuse(f"no row fits into max_seq_length, {longest}: raise it in sft.yaml")
    return made


def tokenize(id: str, messages: list[dict], tokenizer) -> Row:
    """The prompt and the answer apart, as they are when the model is used: the prompt is read, the answer written after it."""
    prompt = tokenizer.apply_chat_template(messages[:-1], tokenize=False, add_generation_prompt=True)
    whole = tokenizer.apply_chat_template(messages, tokenize=False)
    if not whole.startswith(prompt):
        contract.refuse(f"the chat template does not write the answer of {id} after its prompt, so that what is learned cannot be told")
    answer = up_to_end(whole[len(prompt):], tokenizer.eos_token)
    prompt_tokens = tokenizer.encode(prompt, add_special_tokens=False)
    return Row(id, prompt_tokens + tokenizer.encode(answer, add_special_tokens=False), len(prompt_tokens))


def up_to_end(answer: str, end: str) -> str:
    """Templates put a line feed after the end of a message, which no model is asked to write."""
    place = answer.rfind(end) if end else -1
    return answer if place == -1 else answer[: place + len(end)]
