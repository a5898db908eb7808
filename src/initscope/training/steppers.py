"""One step of an optimizer on a flat buffer, by the functional form of torch.optim.

The optimizer classes do the same, but their constructor imports ``torch._dynamo``: 1.1 to 1.7
seconds in every process that trains.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.optim.adam import adam
from torch.optim.sgd import sgd

from initscope.training.settings import SGD, Adam

Stepper = Callable[[], None]


def stepper(optimizer: Adam | SGD, values: Tensor, gradients: Tensor) -> Stepper:
    """Return a function that updates `values` in place from what `gradients` holds then."""
    if isinstance(optimizer, Adam):
        return partial(
            adam,
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
            lr=optimizer.learning_rate,
            weight_decay=0.0,
            eps=optimizer.epsilon,
            maximize=False,
        )
    return partial(
        sgd,
        [values],
        [gradients],
        momentum_buffer_list=[None],
        fused=True,
        weight_decay=0.0,
        momentum=optimizer.momentum,
        lr=optimizer.learning_rate,
        dampening=0.0,
        nesterov=False,
        maximize=False,
    )
