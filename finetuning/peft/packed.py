"""Rows one after another on a CPU, without padding and without a mask: each row attends to itself."""

import torch
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from batches import Batch

NAME = "each_row_by_itself"
# Models whose attention is causal, of the whole row, and nothing else: no window, no cap, no bias by distance.
PLAIN = ("llama", "qwen2")


def use(model) -> None:
    """Has the model take rows packed, where its attention is one that is known here."""
    whole = model.get_base_model()
    if whole.config.model_type in PLAIN and all(
        kind == "full_attention" for kind in getattr(whole.config, "layer_types", None) or ()
    ):
        ALL_ATTENTION_FUNCTIONS.register(NAME, attend)
        whole.set_attn_implementation(NAME)


def is_used(whole) -> bool:
    return whole.config._attn_implementation == NAME


def inputs(batch: Batch) -> dict:
    """What the model is called with. `cu_seq_lens_q` is what transformers calls the places where rows begin, and the
    last one ends."""
    places = [0]
    for row in batch:
        places.append(places[-1] + len(row.tokens))
    return {
        "input_ids": torch.tensor([[token for row in batch for token in row.tokens]]),
        "position_ids": torch.tensor([[place for row in batch for place in range(len(row.tokens))]]),
        "cu_seq_lens_q": places,
    }


def learned(batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """Places of the tokens that an answer's token follows, and these tokens."""
    places, targets, begin = [], [], 0
    for row in batch:
        places += range(begin + row.answer - 1, begin + len(row.tokens) - 1)
        targets += row.tokens[row.answer :]
        begin += len(row.tokens)
    return torch.tensor(places), torch.tensor(targets)


def attend(module, query, key, value, attention_mask, scaling=None, cu_seq_lens_q=(), **_):
    rows = [
        torch.nn.functional.scaled_dot_product_attention(
            query[:, :, begin:end],
            key[:, :, begin:end],
            value[:, :, begin:end],
            is_causal=True,
            scale=scaling,
            enable_gqa=query.shape[1] != key.shape[1],
        )
        for begin, end in zip(cu_seq_lens_q, cu_seq_lens_q[1:])
    ]
    return torch.cat(rows, dim=2).transpose(1, 2).contiguous(), None
