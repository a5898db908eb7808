"""The identity of a user's network follows all that decides it, and nothing else."""

from __future__ import annotations

import argparse
import importlib
import os
import shutil
import subprocess
import sys
import types
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from torch import nn

from initscope import Data, Training
from initscope.comparison import Setting
from initscope.training import Custom

PROJECT = {
    "nets/__init__.py": "",
    "nets/factories.py": "from nets.model import Net\n\n\ndef make():\n    return Net()\n",
    "nets/model.py": """
from torch import nn

from . import blocks
from .sizes import HALF


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = blocks.Block()

    def forward(self, x):
        from late import doubled
        if x is None:
            from spaces.inside.constants import NONE
            import spaces.absent, absent.inside, numpy.linalg
        return doubled(self.block(x)) * HALF
""",
    "nets/blocks.py": """
import operations as ops
from bases import Base


class Block(Base):
    def forward(self, x):
        return ops.bent(self.linear(x))
""",
    "nets/sizes.py": "HALF = 0.5\n",
    "nets/unrelated.py": "HALF = 0.25\n",
    "operations.py": "import torch\n\n\ndef bent(x):\n    return torch.tanh(x)\n",
    "spaces/inside/constants.py": "NONE = None\n",
    "late.py": "def doubled(x):\n    return 2 * x\n",
    "unrelated.py": "import late\n",
    "site-packages/bases.py": """
import inner
from torch import nn


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 3)
""",
    "site-packages/inner.py": "",
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project on the path, with a library beside it; its modules are forgotten afterwards."""
    for name, text in PROJECT.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    before = set(sys.modules)
    monkeypatch.syspath_prepend(tmp_path / "site-packages")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in ("nets", "operations", "late", "unrelated", "bases", "inner"):
            del sys.modules[name]


def identity() -> str:
    """The identity of a setting with the project's network."""
    return Setting(Data("iris"), Custom("nets.factories:make"), Training()).id


@pytest.mark.parametrize(
    ("file", "counts"),
    [
        ("nets/factories.py", True),
        ("nets/__init__.py", True),
        ("nets/model.py", True),
        ("nets/blocks.py", True),
        ("nets/sizes.py", True),
        ("operations.py", True),
        ("late.py", True),
        ("spaces/inside/constants.py", True),
        ("site-packages/bases.py", True),
        ("site-packages/inner.py", False),
        ("nets/unrelated.py", False),
        ("unrelated.py", False),
    ],
)
def test_edits(project, file, counts):
    """An edit is another network where the factory or its module can reach the file."""
    before = identity()
    with Path(project, file).open("a") as end:
        end.write("# edited\n")
    assert (identity() != before) is counts


def test_an_edited_import_refuses_stored_results(project):
    """What was trained before an imported file was edited is not read as if it were of now."""
    stored = Setting(Data("iris"), Custom("nets.factories:make"), Training()).to_dict()
    (project / "operations.py").write_text("import torch\n\n\nbent = torch.relu\n")
    with pytest.raises(ValueError, match="is not what it was when its networks were trained"):
        Setting.from_dict(stored)


PRINTED = """
from initscope import Data, Training
from initscope.comparison import Setting
from initscope.training import Custom

print(Setting(Data("iris"), Custom("nets.factories:make"), Training()).id)
"""


def test_every_process_finds_the_same(project):
    """The identity is that of another process in another folder, whatever this one imported."""
    importlib.import_module("nets.unrelated")
    copied = shutil.copytree(project, project / "copied")
    path = os.pathsep.join([str(copied), str(copied / "site-packages"), *sys.path])
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "5"}
    command = [sys.executable, "-c", PRINTED]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=copied, env=environment
    )
    assert done.stdout.strip() == identity()


@pytest.mark.parametrize("text", ["from . import late\n", "this is no Python\n"])
def test_imports_that_cannot_be_followed(project, text):
    """A file that is no Python, or imports relative to no package, counts by its content."""
    before = identity()
    (project / "operations.py").write_text(text)
    assert identity() != before


class Scaled(nn.Module):
    """A network whose numbers neither print nor show in its state."""

    def __init__(self, scale, settings=None, bend=None):
        super().__init__()
        self.linear = nn.Linear(4, 3)
        self.scale = scale
        self.settings = settings
        self.bend = bend

    def forward(self, x):
        """Scale the logits."""
        return self.scale * self.linear(x)


@dataclass
class Settings:
    """Numbers of a network."""

    slope: float
    kinds: frozenset[str] = frozenset()


class Making:
    """A factory with fields."""

    def __init__(self, scale):
        self.scale = scale
        self.calls = lambda: None

    def __call__(self):
        """Make the network."""
        return Scaled(self.scale)


def test_values_that_do_not_print():
    """Other arguments, configurations, functions and captured values are other networks."""
    factories = [
        partial(Scaled, 1.0),
        partial(Scaled, 2.0),
        partial(Scaled, 1.0, Settings(0.1)),
        partial(Scaled, 1.0, Settings(0.2)),
        partial(Scaled, 1.0, Settings(0.2, frozenset({"a", "b"}))),
        partial(Scaled, 1.0, types.SimpleNamespace(slope=0.2)),
        partial(Scaled, 1.0, argparse.Namespace(slope=0.2)),
        partial(Scaled, 1.0, [{"slope": 0.1}]),
        partial(Scaled, 1.0, [{"slope": 0.2}]),
        partial(Scaled, 1.0, bend=nn.functional.relu),
        partial(Scaled, 1.0, bend=nn.functional.gelu),
        partial(Scaled, 1.0, bend=lambda x: x),
        partial(Scaled, 1.0, bend=lambda x: x + 1),
        Making(1.0),
        Making(2.0),
    ]
    digests = [Custom.of(factory).fitted(4, 3).digest for factory in factories]
    assert len(set(digests)) == len(factories)
    assert digests == [Custom.of(factory).fitted(4, 3).digest for factory in factories]


def test_hooks_do_not_count():
    """A hook's number, which counts those of the whole process, is no part of a network."""

    def hooked():
        model = nn.Linear(4, 3)
        model.register_forward_hook(lambda *_: None)
        return model

    assert Custom.of(hooked).fitted(4, 3).digest == Custom.of(hooked).fitted(4, 3).digest


def test_a_value_that_holds_itself():
    """A list that contains itself, and a function that captures itself, end."""
    loop: list[object] = [1]
    loop.append(loop)

    def again():
        return again

    network = Custom.of(partial(Scaled, 1.0, loop, again))
    assert len(network.fitted(4, 3).digest) == 16


NOTEBOOK = """
from torch import nn
SCALE = {scale}

def bent(x):
    return [{bent} for _ in "x"][0]

class Net(nn.Linear):
    def forward(self, x):
        return SCALE * bent(super().forward(x))

    @property
    def steepness(self):
        return {property}

def make():
    return Net(4, 3)
"""


def notebook(**edits) -> str:
    """Run a cell, which no file holds, and return the digest of its network."""
    cell = types.ModuleType("cell_of_no_file")
    values = {"scale": "1.0", "bent": "x.tanh()", "property": "1"} | edits
    sys.modules[cell.__name__] = cell
    try:
        exec(NOTEBOOK.format(**values), vars(cell))  # noqa: S102 - what a notebook does
        return Custom.of(cell.make).fitted(4, 3).digest or ""
    finally:
        del sys.modules[cell.__name__]


def test_code_of_no_file():
    """In a notebook the code of factory, classes, functions and globals that they name counts."""
    edits = ({}, {"scale": "2.0"}, {"bent": "x.sin()"}, {"property": "2"})
    digests = {notebook(**each) for each in edits}
    assert len(digests) == len(edits)
    assert notebook() == notebook()
