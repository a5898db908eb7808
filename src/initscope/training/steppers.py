"""One step of an optimizer on a flat buffer, by the functional form of torch.optim.

The optimizer classes do the same, but their constructor imports ``torch._dynamo``: 1.1 to 1.7
seconds in every process that trains.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.optim.adagrad import adagrad
from torch.optim.adam import adam
from torch.optim.adamw import adamw
from torch.optim.rmsprop import rmsprop
from torch.optim.sgd import sgd

from initscope.training.optimizers import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop
from initscope.training.stack import Stack

Stepper = Callable[[float], None]
"""Called with the schedule's factor on the learning rate."""

_Update = Callable[..., None]  # called with the learning rate, as lr


def stepper(optimizers: Sequence[Optimizer], stack: Stack) -> Stepper:
    """Return a function that steps the stack's values by what its gradients hold then.

    Args:
        optimizers: one a member, equal but for the learning rate and the weight decay.
        stack: what is stepped; the step may change its gradients.
    """
    first = optimizers[0]
    if any(optimizer != first for optimizer in optimizers):
        return _own_rates(optimizers, stack)
    update = _update(first, stack.flat, stack.flat_gradient)
    return lambda factor: update(lr=first.learning_rate * factor)


def _own_rates(optimizers: Sequence[Optimizer], stack: Stack) -> Stepper:
    """Return the stepper of members whose learning rates or weight decays differ.

    Every update here is proportional to its learning rate. So the optimizer steps a buffer of
    zeros at the rate 1, and what it left there, times each member's rate, moves the values.
    """
    rates = stack.spread([optimizer.learning_rate for optimizer in optimizers])
    decays = stack.spread([optimizer.weight_decay for optimizer in optimizers])
    first, move = optimizers[0], torch.zeros_like(stack.flat)
    decoupled, decaying = isinstance(first, AdamW), bool(decays.any())
    shrink = rates * decays
    unit = replace(first, learning_rate=1.0, weight_decay=0.0)
    update = _update(unit, move, stack.flat_gradient)

    def step(factor: float) -> None:
        if decaying and decoupled:
            stack.flat.addcmul_(stack.flat, shrink, value=-factor)
        elif decaying:
            stack.flat_gradient.addcmul_(stack.flat, decays)
        update(lr=1.0)
        stack.flat.addcmul_(move, rates, value=factor)
        move.zero_()

    return step


def _update(optimizer: Optimizer, values: Tensor, gradients: Tensor) -> _Update:
    return _UPDATES[type(optimizer)](optimizer, values, gradients)


def _adam(optimizer: Adam | AdamW, values: Tensor, gradients: Tensor) -> _Update:
    return partial(
        adamw if isinstance(optimizer, AdamW) else adam,
        [values],
        [gradients],
        exp_avgs=[torch.zeros_like(values)],
        exp_avg_sqs=[torch.zeros_like(values)],
        max_exp_avg_sqs=[],
        state_steps=[torch.zeros(())],
        fused=True,
        amsgrad=False,
        beta1=optimizer.beta1,
        beta2=optimizer.beta2,
        weight_decay=optimizer.weight_decay,
        eps=optimizer.epsilon,
        maximize=False,
    )


def _sgd(optimizer: SGD, values: Tensor, gradients: Tensor) -> _Update:
    return partial(
        sgd,
        [values],
        [gradients],
        momentum_buffer_list=[None],
        fused=True,
        weight_decay=optimizer.weight_decay,
        momentum=optimizer.momentum,
        dampening=0.0,
        nesterov=optimizer.nesterov,
        maximize=False,
    )


def _rmsprop(optimizer: RMSprop, values: Tensor, gradients: Tensor) -> _Update:
    return partial(
        rmsprop,
        [values],
        [gradients],
        square_avgs=[torch.zeros_like(values)],
        grad_avgs=[],
        momentum_buffer_list=[torch.zeros_like(values)] if optimizer.momentum else [],
        state_steps=[torch.zeros(())],
        foreach=False,
        alpha=optimizer.alpha,
        eps=optimizer.epsilon,
        weight_decay=optimizer.weight_decay,
        momentum=optimizer.momentum,
        centered=False,
    )


def _adagrad(optimizer: Adagrad, values: Tensor, gradients: Tensor) -> _Update:
    return partial(
        adagrad,
        [values],
        [gradients],
        state_sums=[torch.zeros_like(values)],
        state_steps=[torch.zeros(())],
        fused=True,
        weight_decay=optimizer.weight_decay,
        lr_decay=0.0,
        eps=optimizer.epsilon,
        maximize=False,
    )


_UPDATES: dict[type[Optimizer], Callable[[Any, Tensor, Tensor], _Update]] = {
    Adam: _adam,
    AdamW: _adam,
    SGD: _sgd,
    RMSprop: _rmsprop,
    Adagrad: _adagrad,
}
