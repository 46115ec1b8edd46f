"""Stands in for the transformers of a tool's environment: a token a byte."""

import types

from stand_in import last_checkpoint

trainer_utils = types.SimpleNamespace(get_last_checkpoint=last_checkpoint)


class TrainerCallback:
    pass


class AutoTokenizer:
    chat_template = "the base's own"
    eos_token = "\x04"
    added_tokens_decoder = {}

    @classmethod
    def from_pretrained(cls, folder, local_files_only):
        return cls()

    def apply_chat_template(self, messages, tokenize, add_generation_prompt=False):
        text = "".join(f"{message['role']}:{message['content']}{self.eos_token}\n" for message in messages)
        return text + "assistant:" if add_generation_prompt else text

    def encode(self, text, add_special_tokens):
        return list(text.encode())

    def decode(self, tokens):
        return bytes(tokens).decode()
