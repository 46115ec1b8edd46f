"""The training loop."""

import math
import sys
import time
from typing import NoReturn

import torch

import batches
import contract
import packed
from base import Machine
from lanes import Lanes
from rows import Row, Rows

IGNORED = -100
# Beside what save_steps says: what a kill can cost, whatever a step takes.
SECONDS_BETWEEN_CHECKPOINTS = 180


def run(
    model, schedule: list[batches.Step], rows: Rows, config: dict, machine: Machine, seed: int, store, stop
) -> dict:
    """Trains, going on from the last checkpoint. Ends the program after a checkpoint where it is asked to stop."""
    training = config["training"]
    lanes = Lanes(machine, training["per_device_train_batch_size"], config["lora"]["dropout"])
    trained = [weights for weights in model.parameters() if weights.requires_grad]
    optimizer = make_optimizer(trained, training, machine)
    scaler = torch.amp.GradScaler(machine.device, enabled=machine.precision == "fp16")
    done, last_loss = store.load(model, optimizer, machine.device)
    if done > 0:
        contract.say(f"going on after step {done} of {len(schedule)}")
    meter = Meter(schedule, done, last_loss, training["logging_steps"])
    model.train()

    def stop_after(number: int) -> NoReturn:
        if number > 0:
            store.save(number, meter.last_loss, model, optimizer)
        contract.say(
            f"stopped after step {number} of {len(schedule)}, which is saved: the same command goes on from there"
        )
        sys.exit(143)

    for number in range(done + 1, len(schedule) + 1):
        step = schedule[number - 1]
        rate = learning_rate(number, len(schedule), training)
        for group in optimizer.param_groups:
            group["lr"] = rate
        torch.manual_seed(seed * 1_000_003 + number)  # dropout, the same after a stop
        try:
            with stop.at_once():
                loss = train_step(model, trained, step, machine, scaler, lanes)
        except contract.Stopped:
            stop_after(number - 1)
        if not math.isfinite(loss):
            contract.refuse(f"the loss of step {number} is {loss}: lower training.learning_rate in sft.yaml")
        scaler.unscale_(optimizer)
        torch.nn.utils.clip_grad_norm_(trained, training["max_grad_norm"])
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad(set_to_none=True)
        meter.note(number, loss, rate)
        if stop.asked:
            stop_after(number)
        if number % training["save_steps"] == 0 or store.age() >= SECONDS_BETWEEN_CHECKPOINTS:
            store.save(number, meter.last_loss, model, optimizer)

    facts = {
        "steps": len(schedule),
        "tokens": sum(batches.tokens_of(step) for step in schedule),
        "loss": round(meter.last_loss, 4),
    }
    if not rows.val:
        return facts
    validation_loss = mean_loss(model, rows.val, training["per_device_train_batch_size"], machine, lanes)
    contract.say(f"validation loss {validation_loss:.4f}, over {len(rows.val)} rows")
    return {**facts, "validation_loss": round(validation_loss, 4)}


def train_step(
    model,
    trained: list[torch.nn.Parameter],
    step: batches.Step,
    machine: Machine,
    scaler: torch.amp.GradScaler,
    lanes: Lanes,
) -> float:
    """Leaves one step's gradients in the weights that are trained; answers the mean loss of the tokens that are
    learned."""
    learned = sum(row.trained for batch in step for row in batch)

    def pass_through(part: batches.Batch) -> tuple[float, tuple]:
        loss = loss_of(model, part, machine) / learned
        # Not backward(): that would add to one weight's gradient from several threads.
        return loss.item(), torch.autograd.grad(scaler.scale(loss), trained, allow_unused=True)

    total = 0.0
    for batch in step:
        for loss, gradients in lanes.map(pass_through, batch):
            total += loss
            for weights, gradient in zip(trained, gradients):
                if gradient is not None:
                    weights.grad = gradient if weights.grad is None else weights.grad.add_(gradient)
    return total


def loss_of(model, batch: batches.Batch, machine: Machine) -> torch.Tensor:
    """The summed loss of the answers' tokens. The head, most of a small model's work, sees no other token."""
    whole = model.get_base_model()
    if packed.is_used(whole):
        hidden = whole.base_model(**packed.inputs(batch), use_cache=False).last_hidden_state
        places, targets = packed.learned(batch)
        return torch.nn.functional.cross_entropy(
            whole.get_output_embeddings()(hidden[0, places]).float(), targets, reduction="sum"
        )
    tokens, mask, labels = collate(batch, machine.device)
    targets = labels[:, 1:]
    learned = targets != IGNORED
    if changes_logits(whole.config):
        logits = whole(input_ids=tokens, attention_mask=mask, use_cache=False).logits[:, :-1][learned].float()
    else:
        hidden = whole.base_model(input_ids=tokens, attention_mask=mask, use_cache=False).last_hidden_state
        logits = whole.get_output_embeddings()(hidden[:, :-1][learned]).float()
    return torch.nn.functional.cross_entropy(logits, targets[learned], reduction="sum")


def changes_logits(config) -> bool:
    """Whether the model does more to its logits than its head does: scales or caps them."""
    return any(
        getattr(config, field, None) is not None
        for field in ("final_logit_softcapping", "logits_scaling", "logit_scale")
    )


def collate(batch: batches.Batch, device: str) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Tokens, mask and labels, each (rows, tokens of the longest), padded on the right; a token that is not learned is
    labelled -100."""
    longest = max(len(row.tokens) for row in batch)
    padding = [longest - len(row.tokens) for row in batch]
    tokens = [row.tokens + [0] * pad for row, pad in zip(batch, padding)]
    mask = [[1] * len(row.tokens) + [0] * pad for row, pad in zip(batch, padding)]
    labels = [label(row) + [IGNORED] * pad for row, pad in zip(batch, padding)]
    return tuple(torch.tensor(each, device=device) for each in (tokens, mask, labels))


def label(row: Row) -> list[int]:
    return [IGNORED] * row.answer + row.tokens[row.answer :]


def mean_loss(model, rows: list[Row], size: int, machine: Machine, lanes: Lanes) -> float:
    def loss(part: batches.Batch) -> float:
        with torch.no_grad():  # which a thread says for itself
            return loss_of(model, part, machine).item()

    model.eval()
    by_length = sorted(rows, key=lambda row: len(row.tokens))
    total = sum(sum(lanes.map(loss, by_length[start : start + size])) for start in range(0, len(by_length), size))
    model.train()
    return total / sum(row.trained for row in rows)


def make_optimizer(trained: list, training: dict, machine: Machine) -> torch.optim.Optimizer:
    options = {"lr": training["learning_rate"], "weight_decay": training["weight_decay"]}
    if machine.optimizer == "adamw_8bit":
        import bitsandbytes

        return bitsandbytes.optim.AdamW8bit(trained, **options)
    return torch.optim.AdamW(trained, **options)


def learning_rate(step: int, steps: int, training: dict) -> float:
    """Rises over the warm-up, then falls to 0 at the end, as the scheduler says. `step` counts from 1."""
    highest = training["learning_rate"]
    warmup = math.ceil(training["warmup_ratio"] * steps)
    if step <= warmup:
        return highest * step / warmup
    part = (step - 1 - warmup) / max(1, steps - warmup)
    match training["scheduler"]:
        case "constant":
            return highest
        case "linear":
            return highest * (1 - part)
        case "cosine":
            return highest * 0.5 * (1 + math.cos(math.pi * part))


class Meter:
    """Tells of progress: the mean loss since the last word, the speed, and how long the rest will take."""

    def __init__(self, schedule: list[batches.Step], done: int, last_loss: float, every: int) -> None:
        self._tokens = [batches.tokens_of(step) for step in schedule]
        self._first = done
        self._every = every
        self._started = time.monotonic()
        self._losses: list[float] = []
        self.last_loss = last_loss

    def note(self, step: int, loss: float, rate: float) -> None:
        self._losses.append(loss)
        steps = len(self._tokens)
        if step % self._every != 0 and step != steps:
            return
        speed = sum(self._tokens[self._first : step]) / (time.monotonic() - self._started)
        self.last_loss = sum(self._losses) / len(self._losses)
        self._losses = []
        contract.tell_progress(
            step=step,
            steps=steps,
            loss=self.last_loss,
            learning_rate=rate,
            tokens_per_second=speed,
            eta=sum(self._tokens[step:]) / speed,
        )
