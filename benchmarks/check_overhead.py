"""Time and memory of one check over those of a plain forward and backward pass of the same batch.

    .venv/bin/pip install -e '.[dev]' -c constraints.txt
    .venv/bin/python benchmarks/check_overhead.py

Peers: hooks that take `std` of every module's output and of its gradient, as people write them, and
torchlens where it is installed. Programs take turns, each beside a plain pass; the ratio is the
median over the pairs, of processor time, which neighbours on the machine disturb least.

Memory is the peak resident set above that of the model at rest, each program in a process of its
own, on batches so large that activations dominate. The peak is the kernel's, set back once a small
batch has gone through; memory that is freed goes back at once, so that none is left to hide in.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import os
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import resident
import torch
from observe_overhead import Case, cases
from torch import Tensor, nn

from initscope.observe import observe
from initscope.planning.inventory import inventory
from initscope.rules import Evidence, findings, rules

Program = Callable[[Case], None]

PAIRS = 9
LARGER = (64, 4, 4)  # times the batch on which time is measured


def plain(case: Case) -> None:
    """Run forward and backward."""
    case.plain()


def checked(case: Case) -> None:
    """Observe, and let every rule decide."""
    if importlib.util.find_spec("initscope.propagate") is not None:
        importlib.import_module("initscope.checking").check(case.model, batches=[((), case.inputs)])
        return
    trace = observe(case.model, batches=[((), case.inputs)])
    findings(Evidence(trace, None, inventory(case.model, trace)), rules())


def hooked(case: Case) -> None:
    """Take std of every module's output, and of the gradient with respect to it."""
    found: list[float] = []

    def look(_module: nn.Module, _inputs: Any, output: Any) -> None:
        if isinstance(output, Tensor) and output.requires_grad:
            found.append(float(output.detach().std()))
            output.register_hook(lambda grad: found.append(float(grad.std())))

    handles = [module.register_forward_hook(look) for module in case.model.modules()]
    case.plain()
    for handle in handles:
        handle.remove()


def lensed(case: Case) -> None:
    """Let torchlens log the forward pass, in its own defaults."""
    (_name, first), *others = case.inputs.items()
    trace = importlib.import_module("torchlens").trace
    trace(case.model, [first], input_kwargs=dict(others))


PROGRAMS: dict[str, Program] = {"plain": plain, "check": checked, "hooks with std": hooked}
if importlib.util.find_spec("torchlens") is not None:
    PROGRAMS["torchlens (forward only)"] = lensed


def main() -> None:
    """Print both tables, or measure the memory of one program."""
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    torch.manual_seed(0)
    warnings.simplefilter("ignore")
    if len(sys.argv) == 3:
        print(_growth(int(sys.argv[1]), PROGRAMS[sys.argv[2]]))
        return
    _print_times()
    _print_peaks()


def _print_times() -> None:
    print(f"| time: model | forward and backward | {' | '.join(list(PROGRAMS)[1:])} |")
    print("|---|---|" + "---|" * (len(PROGRAMS) - 1))
    for case in cases():
        found = {name: _ratio(case, program) for name, program in PROGRAMS.items()}
        ratios = " | ".join(f"{ratio:.2f}" for name, (_, ratio) in found.items() if name != "plain")
        print(f"| {case.name} | {found['plain'][0] * 1e3:.1f} ms | {ratios} |")


def _ratio(case: Case, program: Program) -> tuple[float, float]:
    """Return a program's best time, and the median of its ratios to a plain pass beside it."""
    pairs = [(_time(plain, case), _time(program, case)) for _ in range(PAIRS + 1)][1:]
    return min(each for _, each in pairs), statistics.median(b / a for a, b in pairs)


def _time(program: Program, case: Case) -> float:
    start = time.process_time()
    program(case)
    return time.process_time() - start


def _print_peaks() -> None:
    print(f"\n| memory: model | forward and backward | {' | '.join(list(PROGRAMS)[1:])} |")
    print("|---|---|" + "---|" * (len(PROGRAMS) - 1))
    for index, case in enumerate(cases()):
        peaks = [_in_a_process(index, name) for name in PROGRAMS]
        ratios = [f"{each / peaks[0]:.2f}" for each in peaks[1:]]
        name = f"{case.name}, {LARGER[index]} times the batch"
        print(f"| {name} | {peaks[0] / 1024:.0f} MiB | {' | '.join(ratios)} |")


def _in_a_process(index: int, name: str) -> float:
    command = [sys.executable, __file__, str(index), name]
    # Without this glibc keeps blocks of up to 32 MiB, as many as fit into what was freed before.
    environment = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536"}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return float(done.stdout.split()[-1])


def _growth(index: int, program: Program) -> int:
    """Return by how many KiB the peak resident set exceeds that of the model at rest."""
    case = cases()[index]
    program(case)
    case.model.zero_grad(set_to_none=True)
    gc.collect()
    large = {name: each.repeat_interleave(LARGER[index], 0) for name, each in case.inputs.items()}
    resident.forget_peak()
    before = resident.now()
    program(Case(case.name, case.model, large))
    return resident.peak() - before


if __name__ == "__main__":
    main()
