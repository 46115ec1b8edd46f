"""The plugin that axolotl.yaml names: it tells of progress as the contract has it."""

import importlib.metadata
import pathlib

import torch
from axolotl.integrations.base import BasePlugin

from trainer_callback import ContractCallback


class ProgressPlugin(BasePlugin):
    def add_callbacks_post_trainer(self, cfg, trainer):
        facts = {
            "axolotl": importlib.metadata.version("axolotl"),
            "torch": torch.__version__,
            "device": trainer.args.device.type,
        }
        return [ContractCallback(pathlib.Path.cwd(), facts)]
