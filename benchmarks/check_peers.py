"""What torch-audit and torchmortem say of the corpus, where they are installed.

.venv/bin/pip install torch-audit==0.3.0 torchmortem==0.1.1
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import importlib.util
import io
import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
from corpus import Entry
from torch import Tensor, nn

from initscope.observe.objective import objective

Row = dict[str, Any]
NUMERIC = frozenset({"TA100", "TA102", "TA103", "TA104", "TA105", "TA405", "TA500"})
"""torch-audit's rules on numbers, gradients, dead units, dead filters and unused layers."""

_AUDITED = (
    "Static, init, forward and backward phases of one step. Only its rules on numbers, gradients, "
    "dead units, dead filters and unused layers count: those on devices, data and optimizers speak "
    "of every model here."
)

STEPS = 5  # of torchmortem's training loop: its detectors look at series


def peers(entries: Iterable[Entry]) -> Row:
    """Run every peer that is installed on every entry; None stands where it raised."""
    chosen: dict[str, tuple[Callable[[Entry], list[str]], str]] = {
        "torch-audit": (
            audited,
            _AUDITED,
        ),
        "torchmortem": (dissected, f"A loop of {STEPS} steps of SGD at 1e-3 on the same batch."),
    }
    rows = list(entries)
    found: Row = {}
    for name, (program, note) in chosen.items():
        if importlib.util.find_spec(name.replace("-", "_")) is None:
            print(f"{name} is not installed", file=sys.stderr)
            continue
        said = {entry.name: _guarded(program, entry) for entry in rows}
        found[name] = {"version": importlib.metadata.version(name), "note": note, "found": said}
    return found


def audited(entry: Entry) -> list[str]:
    """Let torch-audit watch one step, as its wrapper mode does."""
    audit = importlib.import_module("torch_audit")
    model, args, options, loss = _parts(entry)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    auditor = audit.Auditor(model, optimizer=optimizer, every_n_steps=1)
    with auditor:
        auditor.audit_static()
        auditor.audit_init()
        auditor.backward(loss(auditor.forward(*args, **options)))
    reported = {each.rule_id for each in auditor.findings if each.severity.name != "INFO"}
    return sorted(reported & NUMERIC)


def dissected(entry: Entry) -> list[str]:
    """Let torchmortem watch a few steps, as its README does."""
    autopsy_of = importlib.import_module("torchmortem").Autopsy
    model, args, options, loss = _parts(entry)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    autopsy = autopsy_of(model, optimizer=optimizer)
    autopsy.attach()
    for _ in range(STEPS):
        optimizer.zero_grad()
        value = loss(model(*args, **options))
        value.backward()
        optimizer.step()
        autopsy.step(loss=float(value.detach()))
    autopsy.detach()
    report = autopsy._report  # noqa: SLF001 - it only writes files otherwise
    return sorted({each.detector for each in report.findings if each.severity.name != "INFO"})


def _parts(entry: Entry) -> tuple[nn.Module, Any, dict[str, Any], Callable[[Any], Tensor]]:
    """Build an entry, with a loss: its own, that in its output, or a random direction."""
    model, args, options = entry.built()
    rest = {name: value for name, value in options.items() if name != "loss"}
    return model, args, rest, options.get("loss", _loss)


def _loss(output: Any) -> Tensor:
    chosen = objective(output)
    pairs = zip(chosen.tensors, chosen.cotangents, strict=True)
    return torch.stack([(each * direction).sum() for each, direction in pairs]).sum()


def _guarded(program: Callable[[Entry], list[str]], entry: Entry) -> list[str] | None:
    with _silently():
        try:
            return program(entry)
        except Exception as error:  # noqa: BLE001 - a peer that raises is a result
            reason = f"{type(error).__name__}: {str(error)[:100]}"
    print(f"{program.__name__}: {entry.name}: {reason}", file=sys.stderr)
    return None


@contextlib.contextmanager
def _silently() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.disable(logging.NOTSET)
