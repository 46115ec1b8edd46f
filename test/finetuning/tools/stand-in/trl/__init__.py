"""Stands in for TRL."""

import types

from stand_in import RECORDED, require_known, train_with_callbacks


class SFTConfig:
    def __init__(self, **arguments):
        require_known("SFTConfig", arguments, RECORDED["trl"]["SFTConfig"])
        self.__dict__.update(arguments, device=types.SimpleNamespace(type="none"))


class SFTTrainer:
    def __init__(self, model, processing_class, args, train_dataset, eval_dataset, callbacks):
        self.args, self.rows, self.callbacks = args, train_dataset, callbacks

    def train(self, resume_from_checkpoint):
        args = self.args
        train_with_callbacks(
            self.callbacks,
            self.rows,
            batch=args.per_device_train_batch_size * args.gradient_accumulation_steps,
            epochs=args.num_train_epochs,
            max_steps=args.max_steps,
            save_steps=args.save_steps,
            output_dir=args.output_dir,
            resume=resume_from_checkpoint,
        )
