"""Products with the frozen weights in whole numbers of 8 bits, on a CPU that has instructions for them (AVX512-VNNI).

Most of a training's work are products with weights that it never changes. These are rounded once, with a scale for each
output; what goes in, forward and back, is rounded anew each time, with a scale for each token, as SwitchBack does
(Wortsman et al., "Stable and low-precision training for large-scale vision-language models", 2023). The adapter, its
gradients and all else stay in fp32; and what is not training (the validation loss, merging) sees the weights as they
are.
"""

import threading
import types

import peft
import torch

ADAPTER = "default"


def use(model) -> None:
    """Has the model's adapted layers take their products in 8 bits while they train. Without dropout alone."""
    rounded = Rounded()
    for layer in model.modules():
        if isinstance(layer, peft.tuners.lora.Linear):
            layer.forward = types.MethodType(forward_of(layer, rounded), layer)


def forward_of(layer, rounded: "Rounded"):
    exact = layer.forward
    weights, scale = round_rows(layer.base_layer.weight.detach())
    outputs_scale = scale[:, 0].contiguous()

    def forward(self, inputs, *args, **named):
        if not self.training:
            return exact(inputs, *args, **named)
        down, up = self.lora_A[ADAPTER].weight, self.lora_B[ADAPTER].weight
        return Product.apply(
            inputs, down, up, self.scaling[ADAPTER], weights, outputs_scale, self.base_layer.bias, rounded
        )

    return forward


class Product(torch.autograd.Function):
    """inputs @ W.T + bias + scaling * (inputs @ down.T) @ up.T, where W has 8 bits and is given no gradient."""

    @staticmethod
    def forward(ctx, inputs, down, up, scaling, weights, outputs_scale, bias, rounded):
        flat = inputs.reshape(-1, inputs.shape[-1])
        numbers, scale = rounded.of(flat)
        outputs = torch._int_mm(numbers, weights.t()).float().mul_(outputs_scale).mul_(scale)
        if bias is not None:
            outputs.add_(bias)
        low = flat @ down.t()
        outputs.addmm_(low, up.t(), alpha=scaling)
        ctx.save_for_backward(flat, low, down, up)
        ctx.scaling, ctx.weights, ctx.outputs_scale, ctx.shape = scaling, weights, outputs_scale, inputs.shape
        return outputs.view(*inputs.shape[:-1], -1)

    @staticmethod
    def backward(ctx, gradient):
        flat, low, down, up = ctx.saved_tensors
        gradient = gradient.reshape(-1, gradient.shape[-1])
        low_gradient = (gradient @ up).mul_(ctx.scaling)
        down_gradient = low_gradient.t() @ flat
        up_gradient = (gradient.t() @ low).mul_(ctx.scaling)
        inputs_gradient = None
        if ctx.needs_input_grad[0]:
            # The scale of an output goes with the gradient, so that the same rounded weights serve both ways.
            numbers, scale = round_rows(gradient * ctx.outputs_scale)
            inputs_gradient = torch._int_mm(numbers, ctx.weights).float().mul_(scale)
            inputs_gradient = inputs_gradient.addmm_(low_gradient, down).view(ctx.shape)
        return inputs_gradient, down_gradient, up_gradient, None, None, None, None, None


class Rounded(threading.local):
    """What was rounded last, in each thread: several layers are given the same inputs one after another (q, k and v;
    gate and up)."""

    _inputs: torch.Tensor | None = None
    _version = -1

    def of(self, inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        last = self._inputs
        # The tensor is held, so that no other one can come to lie where it does.
        if (
            last is None
            or last.data_ptr() != inputs.data_ptr()
            or last.shape != inputs.shape
            or self._version != inputs._version
        ):
            self._inputs, self._version, self._made = inputs, inputs._version, round_rows(inputs)
        return self._made


def round_rows(numbers: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Whole numbers of -127 to 127, and the scale of each row, (rows, 1), by which they are the numbers again."""
    scale = numbers.abs().amax(dim=-1, keepdim=True).div_(127).clamp_(min=torch.finfo(torch.float32).tiny)
    return torch.div(numbers, scale).round_().to(torch.int8), scale
