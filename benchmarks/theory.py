"""Expectations by quadrature against Monte Carlo and SciPy's general quadrature.

    .venv/bin/python benchmarks/theory.py

For each activation: the seconds that `initscope.theory` takes for E[f^2], and what a Monte Carlo
estimate on the same machine would take for the same accuracy. Monte Carlo's error falls with the
square root of the draws, so that its time is measured at ten million draws and scaled.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.integrate import quad

from initscope.theory import activation, expectation, gain, moments, phase_diagram
from initscope.theory.activation import Activation

NAMES = ("relu", "tanh", "gelu", "silu", "selu", "hardtanh")
DRAWS = 10_000_000
TARGET = 1e-4  # relative accuracy at which Monte Carlo is still possible


def main() -> None:
    """Print the table and the figures that users wait for."""
    print("activation  ours     quad/ours  Monte Carlo at 1e-4 / ours")
    for name in NAMES:
        f = activation(name)
        moments(f, 1.0)
        ours = best(partial(moments, f, 1.0))
        scipy = best(partial(quadrature, f), 3)
        seconds, error = monte_carlo(f)
        needed = seconds * (error / TARGET) ** 2
        print(f"{name:10} {ours * 1e3:6.2f} ms {scipy / ours:9.1f} {needed / ours:12.0f}")
    print(f"a named gain, again: {best(lambda: gain('gelu')) * 1e3:.2f} ms")
    print(f"an unknown callable: {best(unknown) * 1e3:.1f} ms")
    print(f"phase diagram of tanh, 100 x 100: {best(lambda: phase_diagram('tanh'), 3):.2f} s")


def best(function: Callable[[], object], times: int = 20) -> float:
    """Return the shortest time of several calls."""
    durations = []
    for _ in range(times):
        start = time.perf_counter()
        function()
        durations.append(time.perf_counter() - start)
    return min(durations)


def quadrature(f: Activation) -> float:
    """Compute the six moments by scipy.integrate.quad, split at the breaks."""
    integrands = (f, lambda x: f(x) ** 2, lambda x: f(x) ** 4)
    slopes = (lambda x: f.derivative(x) ** 2, lambda x: f.derivative(x) ** 4)
    total = 0.0
    for g in (*integrands, *slopes, lambda x: x * f(x) * f.derivative(x)):
        value, _ = quad(
            lambda x, g=g: float(g(np.array(x))) * np.exp(-x * x / 2),
            -13,
            13,
            points=[0.0, *f.breaks],
            epsrel=1e-10,
            limit=200,
        )
        total += value
    return total


def monte_carlo(f: Activation) -> tuple[float, float]:
    """Return the time of an estimate of E[f^2], and its relative standard error."""
    random = np.random.default_rng(0)
    start = time.perf_counter()
    values = f(random.standard_normal(DRAWS)) ** 2
    mean, spread = float(values.mean()), float(values.std())
    return time.perf_counter() - start, spread / DRAWS**0.5 / mean


def unknown() -> float:
    """Resolve and integrate a function that was never seen before."""
    return expectation(lambda x: np.maximum(x - 0.3, 0) * np.tanh(x)).value


if __name__ == "__main__":
    main()
