"""Time and memory of one check over those of a plain forward and backward pass of the same batch.

    .venv/bin/pip install -e '.[dev]' -c constraints.txt
    .venv/bin/python benchmarks/check_overhead.py

Peers: hooks that take `std` of every module's output and of its gradient, as people write them, and
torchlens where it is installed. Programs take turns for several rounds, and the best time of each
counts. Memory is the growth of the peak resident set over the model at rest, each program in a
process of its own.
"""

from __future__ import annotations

import importlib
import importlib.util
import resource
import subprocess
import sys
import warnings
from collections.abc import Callable
from typing import Any

import torch
from observe_overhead import Case, best, cases
from torch import Tensor, nn

from initscope.observe import observe
from initscope.planning.inventory import inventory
from initscope.rules import Evidence, findings, rules

Program = Callable[[Case], None]


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
    torch.set_num_threads(1)
    torch.manual_seed(0)
    warnings.simplefilter("ignore")
    if len(sys.argv) == 3:
        print(_growth(cases()[int(sys.argv[1])], PROGRAMS[sys.argv[2]]))
        return
    print(f"| time: model | forward and backward | {' | '.join(list(PROGRAMS)[1:])} |")
    print("|---|---|" + "---|" * (len(PROGRAMS) - 1))
    for case in cases():
        times = best([_bound(program, case) for program in PROGRAMS.values()])
        ratios = [f"{each / times[0]:.2f}" for each in times[1:]]
        print(f"| {case.name} | {times[0] * 1e3:.1f} ms | {' | '.join(ratios)} |")
    print(f"\n| memory: model | forward and backward | {' | '.join(list(PROGRAMS)[1:])} |")
    print("|---|---|" + "---|" * (len(PROGRAMS) - 1))
    for index, case in enumerate(cases()):
        peaks = [_in_a_process(index, name) for name in PROGRAMS]
        # A model so small fits into what torch had allocated before: then there is no ratio.
        ratios = [f"{each / peaks[0]:.2f}" if peaks[0] else "–" for each in peaks[1:]]
        print(f"| {case.name} | {peaks[0] / 1024:.0f} MiB | {' | '.join(ratios)} |")


def _bound(program: Program, case: Case) -> Callable[[], None]:
    return lambda: program(case)


def _in_a_process(index: int, name: str) -> float:
    command = [sys.executable, __file__, str(index), name]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])


def _growth(case: Case, program: Program) -> int:
    """Return by how many KiB the peak resident set grows over three runs.

    A tiny model goes first, so that imports and torch's own workspaces are there.
    """
    program(Case("tiny", nn.Sequential(nn.Linear(4, 4), nn.ReLU()), {"input": torch.ones(2, 4)}))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(3):
        program(case)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before


if __name__ == "__main__":
    main()
