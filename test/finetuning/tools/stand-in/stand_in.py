"""What the stand-ins share. They take what the tools take, as recorded.json has it, and count steps in place of
training."""

import json
import math
import os
import pathlib
import signal
import struct
import types

RECORDED = json.loads((pathlib.Path(__file__).parent.parent / "recorded.json").read_text())


def require_known(what, given, known):
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise TypeError(f"{what} has no {', '.join(unknown)}")


def last_checkpoint(folder):
    numbers = [int(path.name.removeprefix("checkpoint-")) for path in pathlib.Path(folder).glob("checkpoint-*")]
    return f"{folder}/checkpoint-{max(numbers)}" if numbers else None


def wait_to_be_stopped():
    """Where a test wants it, until SIGTERM has come, which the program notes."""
    if "STAND_IN_WAITS" in os.environ:
        # Held back until it is waited for: it may come as soon as the line is out.
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        print(json.dumps({"message": "waits"}), flush=True)
        signal.sigwait([signal.SIGTERM])
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
        signal.raise_signal(signal.SIGTERM)


def train_with_callbacks(callbacks, rows, *, batch, epochs, max_steps, save_steps, output_dir, resume):
    """Goes through the steps as the Trainer of transformers does, and tells the callbacks."""
    for row in rows:
        assert len(row["input_ids"]) == len(row["attention_mask"]) == len(row["labels"]) and any(
            label != -100 for label in row["labels"]
        )
    steps = max_steps if max_steps > 0 else math.ceil(math.ceil(len(rows) / batch) * epochs)
    first = 0 if resume is None else int(resume.rsplit("-", 1)[1])
    args, control = types.SimpleNamespace(), types.SimpleNamespace(should_save=False, should_training_stop=False)
    state = types.SimpleNamespace(global_step=first, max_steps=steps)

    def tell(event, **details):
        for callback in callbacks:
            getattr(callback, event)(args, state, control, **details)

    tell("on_train_begin")
    for step in range(first + 1, steps + 1):
        if step == 3 and first == 0:
            wait_to_be_stopped()
        state.global_step = step
        tell("on_log", logs={"loss": f"{1 / step:.4f}", "learning_rate": 0.1})
        tell("on_step_end")
        if step % save_steps == 0 or control.should_save:
            checkpoint = pathlib.Path(output_dir, f"checkpoint-{step}")
            checkpoint.mkdir(parents=True)
            (checkpoint / "trainer_state.json").write_text(json.dumps({"global_step": step}))
        if control.should_training_stop:
            break
    tell("on_train_end")


def write_adapter(folder, facts):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "adapter_config.json").write_text(json.dumps(facts))
    (folder / "adapter_model.safetensors").write_text("weights")


def write_safetensors(path, tensors):
    """Matrices of numbers, in fp32."""
    head, data = {}, b""
    for name, rows in tensors.items():
        numbers = [number for row in rows for number in row]
        head[name] = {
            "dtype": "F32",
            "shape": [len(rows), len(rows[0])],
            "data_offsets": [len(data), len(data) + 4 * len(numbers)],
        }
        data += struct.pack(f"<{len(numbers)}f", *numbers)
    text = json.dumps(head).encode()
    pathlib.Path(path).write_bytes(struct.pack("<Q", len(text)) + text + data)


def read_safetensors(path):
    """Names and places of what is in a file that is whole."""
    text = pathlib.Path(path).read_bytes()
    [length] = struct.unpack("<Q", text[:8])
    head = json.loads(text[8 : 8 + length])
    assert len(text) == 8 + length + max(each["data_offsets"][1] for each in head.values())
    return head
