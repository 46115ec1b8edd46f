"""What a Trainer of transformers tells the toolkit while it trains, and how it stops."""

import pathlib
import sys
import time

import transformers

import contract


class ContractCallback(transformers.TrainerCallback):
    """Progress on standard output; on SIGTERM a checkpoint, and the end of the program."""

    def __init__(self, facts_folder: pathlib.Path, facts: dict) -> None:
        self._stop = contract.StopRequest()
        self._folder, self._facts = facts_folder, facts
        self._started, self._first = time.monotonic(), 0

    def on_train_begin(self, args, state, control, **_):
        self._started, self._first = time.monotonic(), state.global_step
        if state.global_step > 0:
            contract.say(f"going on after step {state.global_step} of {state.max_steps}")

    def on_log(self, args, state, control, logs=None, **_):
        if logs is None:
            return
        if "eval_loss" in logs:
            self._facts["validation_loss"] = round(float(logs["eval_loss"]), 4)
        if "loss" not in logs:
            return
        loss = float(logs["loss"])
        self._facts["loss"] = round(loss, 4)
        done = state.global_step - self._first
        left = (time.monotonic() - self._started) / done * (state.max_steps - state.global_step) if done > 0 else None
        contract.tell_progress(
            step=state.global_step,
            steps=state.max_steps,
            loss=loss,
            learning_rate=float(logs.get("learning_rate", 0)),
            tokens_per_second=None,
            eta=left,
        )

    def on_step_end(self, args, state, control, **_):
        if self._stop.asked:
            control.should_save = True
            control.should_training_stop = True
        return control

    def on_train_end(self, args, state, control, **_):
        if self._stop.asked and state.global_step < state.max_steps:
            contract.say(f"stopped after step {state.global_step}, which is saved")
            sys.exit(143)
        self._facts["steps"] = state.global_step
        contract.leave_facts(self._folder, self._facts)
