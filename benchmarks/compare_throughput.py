"""Networks trained a second, all in one run on the same cores: initscope and its peers.

    .venv/bin/pip install -e '.[bench]' -c constraints.txt
    .venv/bin/python benchmarks/compare_throughput.py

Every program trains the network of experiment 1 (Iris, 4-64-64-3, ReLU, softmax cross-entropy,
Adam, 10 epochs of batches of 32) from He's uniform initialization, with the running loss of each
epoch, and the loss and accuracy on the test data after it. Each runs in a process of its own, is
warmed up and then timed; the programs take turns for three rounds and the best time of each
counts. Imports, data and compilation are not in the times.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROUNDS = 3

PROGRAMS = {
    "initscope, all cores": ["initscope_compare.py", "pool"],
    "initscope, one core": ["initscope_compare.py", "one"],
    "plain PyTorch loop, fused Adam, one thread": ["plain_loop.py", "fused"],
    "plain PyTorch loop, default Adam, one thread": ["plain_loop.py", "default"],
    "plain PyTorch loop, fused Adam, joblib on all cores": ["plain_loop.py", "joblib"],
    "JAX vmap + scan, 400 at once, all cores": ["jax_scan.py", "400"],
    "JAX vmap + scan, 32 at once, all cores": ["jax_scan.py", "32"],
    "JAX vmap + scan, 32 at once, a pinned process a core": ["jax_scan.py", "pinned"],
    "Keras fit (TensorFlow)": ["keras_fit.py"],
}
REFERENCE = "plain PyTorch loop, fused Adam, one thread"


def main() -> None:
    """Run every program in turn and print the table."""
    best: dict[str, float] = {}
    for _ in range(ROUNDS):
        for name, (script, *arguments) in PROGRAMS.items():
            command = [sys.executable, str(HERE / "peers" / script), *arguments]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"left out: {name}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
                continue
            best[name] = max(best.get(name, 0.0), float(json.loads(done.stdout.splitlines()[-1])))
    peak = matrix_peak()
    print(f"| program | networks a second | of {REFERENCE.split(',', maxsplit=1)[0]} |")
    print("|---|---|---|")
    for name, rate in best.items():
        print(f"| {name} | {rate:.0f} | {rate / best[REFERENCE]:.1f} |")
    reached = operations_each() * best["initscope, one core"]
    print(
        f"\nOne core multiplies matrices of 1024 at {peak / 1e9:.0f} GFLOP/s with torch; initscope "
        f"reaches {reached / 1e9:.0f} GFLOP/s in training on one core, {reached / peak:.0%} of it."
    )


def matrix_peak() -> float:
    """Return the operations a second of a large matrix product on one thread."""
    script = (
        "import time, torch\n"
        "torch.set_num_threads(1)\n"
        "a, b = torch.randn(2, 1024, 1024)\n"
        "times = []\n"
        "for _ in range(40):\n"
        "    start = time.perf_counter()\n"
        "    a @ b\n"
        "    times.append(time.perf_counter() - start)\n"
        "print(2 * 1024**3 / min(times))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    return float(done.stdout)


def operations_each() -> int:
    """Return the operations of training one network, without its evaluation."""
    from initscope import MLP, Training
    from initscope.training import operations

    return operations(MLP().shapes(4, 3), Training(), examples=120)


if __name__ == "__main__":
    main()
