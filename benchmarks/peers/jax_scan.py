"""JAX: training of one network as a scan over steps, vmapped over networks and compiled."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Any

import jax
import jax.numpy as jnp

from initscope import Data

SPLIT = Data("iris").load()
X, Y = jnp.array(SPLIT.x_train.numpy()), jnp.array(SPLIT.y_train.numpy())
X_TEST, Y_TEST = jnp.array(SPLIT.x_test.numpy()), jnp.array(SPLIT.y_test.numpy())
SIZES = (4, 64, 64, 3)
BATCHES = ((0, 32), (32, 32), (64, 32), (96, 24))


def initial(key: Any) -> Any:
    """Weights from He's uniform distribution, biases zero."""
    keys = jax.random.split(key, 3)
    return [
        (jax.random.uniform(k, (i, o), minval=-1, maxval=1) * (6 / i) ** 0.5, jnp.zeros(o))
        for k, i, o in zip(keys, SIZES, SIZES[1:], strict=False)
    ]


def logits(parameters: Any, x: Any) -> Any:
    """Forward pass."""
    for weight, bias in parameters[:-1]:
        x = jax.nn.relu(x @ weight + bias)
    weight, bias = parameters[-1]
    return x @ weight + bias


def loss(parameters: Any, x: Any, y: Any) -> Any:
    """Softmax cross-entropy."""
    return -jnp.take_along_axis(jax.nn.log_softmax(logits(parameters, x)), y[:, None], 1).mean()


def step(state: Any, x: Any, y: Any) -> Any:
    """One step of Adam."""
    parameters, m, v, t = state
    value, gradient = jax.value_and_grad(loss)(parameters, x, y)
    t = t + 1
    m = jax.tree.map(lambda a, g: 0.9 * a + 0.1 * g, m, gradient)
    v = jax.tree.map(lambda a, g: 0.999 * a + 0.001 * g * g, v, gradient)
    rate, correction = 1e-3 / (1 - 0.9**t), 1 - 0.999**t
    parameters = jax.tree.map(
        lambda p, a, b: p - rate * a / (jnp.sqrt(b / correction) + 1e-8), parameters, m, v
    )
    return (parameters, m, v, t), value


def train(key: Any) -> Any:
    """Train one network for ten epochs; return its curves."""
    key, order = jax.random.split(key)
    parameters = initial(key)
    zeros = jax.tree.map(jnp.zeros_like, parameters)

    def epoch(state: Any, key: Any) -> Any:
        order = jax.random.permutation(key, len(X))
        total = 0.0
        for start, size in BATCHES:
            batch = jax.lax.dynamic_slice(order, (start,), (size,))
            state, value = step(state, X[batch], Y[batch])
            total = total + value * size
        test = logits(state[0], X_TEST)
        accuracy = (test.argmax(1) == Y_TEST).mean()
        return state, (total / len(X), loss(state[0], X_TEST, Y_TEST), accuracy)

    _, curves = jax.lax.scan(epoch, (parameters, zeros, zeros, 0.0), jax.random.split(order, 10))
    return curves


def main(together: int, networks: int) -> float:
    """Return networks a second."""
    compiled = jax.jit(jax.vmap(train))
    keys = jax.random.split(jax.random.key(0), networks).reshape(-1, together)
    jax.block_until_ready(compiled(keys[0]))
    start = time.perf_counter()
    for chunk in keys:
        jax.block_until_ready(compiled(chunk))
    return networks / (time.perf_counter() - start)


def pinned() -> float:
    """Return the sum over processes that are pinned to a core each."""
    cores = sorted(os.sched_getaffinity(0))
    command = [sys.executable, __file__, "32"]
    running = [
        subprocess.Popen(["taskset", "-c", str(core), *command], stdout=subprocess.PIPE)
        for core in cores
    ]
    return sum(float(process.communicate()[0]) for process in running)


if __name__ == "__main__":
    kind = sys.argv[1]
    print(pinned() if kind == "pinned" else main(int(kind), 1600))
