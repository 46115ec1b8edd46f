"""Stands in for Unsloth."""

import types

from stand_in import RECORDED, require_known, write_adapter


class FastLanguageModel:
    @staticmethod
    def from_pretrained(**arguments):
        require_known("from_pretrained", arguments, [*RECORDED["unsloth"]["from_pretrained"], "local_files_only"])
        return types.SimpleNamespace(), types.SimpleNamespace(chat_template=None)

    @staticmethod
    def get_peft_model(model, **arguments):
        require_known("get_peft_model", arguments, RECORDED["unsloth"]["get_peft_model"])
        model.save_pretrained = lambda folder: write_adapter(folder, {"r": arguments["r"]})
        return model
