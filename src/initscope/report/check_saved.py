"""Checks that a store keeps, by name and date."""

from __future__ import annotations

from initscope.checking import CheckReport
from initscope.errors import InputError
from initscope.report.check_json import plain
from initscope.store import Store

LONGEST_NAME = 200


def save_check(report: CheckReport, name: str, storage: str) -> None:
    """Keep a report in a store, for the lab to show; reports of the same name stand side by side.

    Args:
        report: what :func:`initscope.check` returned.
        name: under which it is found, such as the model's.
        storage: database URL of the store.

    Raises:
        InputError: the name is empty or too long.
        StorageError: the store cannot be used.

    >>> import torch, initscope
    >>> model = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
    >>> save_check(initscope.check(model, torch.randn(16, 8)), "small", "sqlite://")
    """
    require_name(name)
    with Store(storage) as store:
        store.add_check(name, plain(report))


def require_name(name: str) -> None:
    """Refuse a name that cannot be shown or stored.

    Raises:
        InputError: it is empty, too long, or has characters that do not print.
    """
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise InputError(
            f"name {name[:40]!r}: expected 1 to {LONGEST_NAME} characters that print, such as the "
            "model's name"
        )
