"""Weights are streamed to safetensors files, and read from them tensor by tensor."""

from __future__ import annotations

import json
import os
import struct

import pytest
import torch
from safetensors.torch import load_file, load_model, save_file
from torch import nn

from initscope import InputError, StorageError
from initscope.planning import audit, plan, read, write, write_model
from initscope.planning.parts import Part


class Model(nn.Module):
    """Several types, a tied pair, buffers that are saved and one that is not."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(11, 6, padding_idx=0)
        self.norm = nn.BatchNorm1d(6)
        self.half = nn.Linear(6, 5, dtype=torch.bfloat16)
        self.head = nn.Linear(6, 11, bias=False)
        self.head.weight = self.table.weight
        self.register_buffer("odd", torch.tensor([True, False, True]))
        self.register_buffer("gone", torch.zeros(2), persistent=False)


@pytest.mark.parametrize("scheme", ["he_normal", "orthogonal", "gpt2"])
def test_a_file_holds_what_the_plan_writes_into_a_model(tmp_path, scheme):
    """It loads as any safetensors file does, and the model that was read from it is the same."""
    model, path = Model(), tmp_path / "model.safetensors"
    before = {name: value.clone() for name, value in model.state_dict().items()}
    drawn = plan(model, scheme)
    write(drawn, model, path, seed=5)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    drawn.apply(model, seed=5)
    loaded, expected = load_file(path), model.state_dict()
    assert set(loaded) == set(expected) - {"head.weight"}
    assert all(torch.equal(value, expected[name]) for name, value in loaded.items())
    assert all(value.dtype == expected[name].dtype for name, value in loaded.items())
    fresh = Model()
    load_model(fresh, path)
    assert all(torch.equal(value, expected[name]) for name, value in fresh.state_dict().items())
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_says_how_it_was_made_and_is_aligned(tmp_path):
    """Scheme, seed and ties are its metadata; every tensor starts at a multiple of its width."""
    path = tmp_path / "model.safetensors"
    write(plan(Model(), "gpt2"), Model(), path, seed=7)
    assert read(path).metadata == {
        "format": "pt",
        "initscope.scheme": "gpt2",
        "initscope.seed": "7",
        "head.weight": "table.weight",
    }
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    widths = {"I64": 8, "F32": 4, "BF16": 2, "BOOL": 1}
    rows = [row for name, row in header.items() if name != "__metadata__"]
    assert length % 8 == 0
    assert all(row["data_offsets"][0] % widths[row["dtype"]] == 0 for row in rows)
    assert max(row["data_offsets"][1] for row in rows) == len(data) - 8 - length


def test_a_model_on_the_meta_device_is_written_and_stays_there(tmp_path):
    """The file has the values of a real model, without the buffers that nobody knows."""
    with torch.device("meta"):
        ghost = Model()
    path = tmp_path / "model.safetensors"
    drawn = plan(ghost, "he_normal")
    write(drawn, ghost, path, seed=1)
    assert all(p.is_meta for p in ghost.parameters())
    real = Model()
    drawn.apply(real, seed=1)
    found = load_file(path)
    assert set(found) == {name for name, _ in real.named_parameters()}
    assert all(torch.equal(found[name], value) for name, value in real.named_parameters())


def test_weight_norm_is_written_with_its_norms(tmp_path):
    """The scale is that of the direction in the file."""
    layer = nn.utils.parametrizations.weight_norm(nn.Linear(6, 5))
    path = tmp_path / "model.safetensors"
    write(plan(layer, "he_normal"), layer, path)
    found = load_file(path)
    norms = found["parametrizations.weight.original1"].norm(dim=1, keepdim=True)
    assert torch.allclose(found["parametrizations.weight.original0"], norms)


def test_memory_is_that_of_the_largest_tensor(tmp_path, monkeypatch):
    """While one tensor is written no other that was drawn is alive."""
    model = nn.Sequential(*[nn.Linear(64, 64, bias=False) for _ in range(6)])
    alive, most = [], []
    fill = Part.fill

    def counted(part: Part, seed: int, name: str) -> None:
        import weakref

        alive.append(weakref.ref(part.view.untyped_storage()))
        most.append(sum(ref() is not None for ref in alive))
        fill(part, seed, name)

    monkeypatch.setattr(Part, "fill", counted)
    write(plan(model, "he_normal"), model, tmp_path / "model.safetensors")
    assert len(most) == 6
    assert max(most) <= 2


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_leaves_the_old_file(tmp_path, monkeypatch, error):
    """The file is whole or not there at all."""
    path = tmp_path / "model.safetensors"
    path.write_text("old")

    def full(_handle: int) -> None:
        raise error

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises((StorageError, KeyboardInterrupt)):
        write(plan(Model(), "he_normal"), Model(), path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_written_is_refused_first(tmp_path):
    """No file appears for a plan with gaps, a kept ghost, or one that needs an example's pass."""
    path = tmp_path / "model.safetensors"
    model = Model()
    model.mystery = nn.Parameter(torch.zeros(2, 2, 2))
    with pytest.raises(InputError, match="mystery"):
        write(plan(model, "he_normal"), model, path)
    with torch.device("meta"):
        ghost = nn.Linear(3, 3)
    with pytest.raises(InputError, match=r"weight is to be kept .* but is on the meta device"):
        write(plan(ghost, "he_normal", rules=[("weight", "keep")]), ghost, path)
    with pytest.raises(InputError, match="weight is on the meta device: write a plan"):
        write_model(ghost, path)
    layer = nn.Linear(3, 3)
    with pytest.raises(InputError, match="apply it to the model first"):
        write(plan(layer, "lsuv", torch.ones(2, 3)), layer, path)
    with pytest.raises(StorageError, match="there is no folder"):
        write_model(layer, tmp_path / "none" / "model.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_the_values_of_a_model_are_written(tmp_path):
    """After a rescaling pass, say; views, zero dimensions and empty tensors keep their shapes."""
    model, path = Model(), tmp_path / "model.safetensors"
    model.scalar = nn.Parameter(torch.tensor(2.5))
    model.across = nn.Parameter(torch.arange(6.0).reshape(2, 3).mT)
    model.empty = nn.Parameter(torch.zeros(0, 4))
    write_model(model, path)
    found = load_file(path)
    expected = {n: v for n, v in model.state_dict().items() if n != "head.weight"}
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], value) for name, value in expected.items())


def test_an_audit_of_a_file_reads_one_tensor_at_a_time(tmp_path):
    """What was tampered with is found; the rest passes."""
    model, path = Model(), tmp_path / "model.safetensors"
    drawn = plan(model, "he_normal")
    write(drawn, model, path)
    assert audit(drawn, read(path)).ok
    tensors = load_file(path)
    tensors["half.weight"][0, 0] = torch.nan
    save_file(tensors, path)
    bad = [row.parameter for row in audit(drawn, read(path)).rows if not row.ok]
    assert bad == ["half.weight"]
    with pytest.raises(KeyError):
        read(path)["nothing"]
    assert len(read(path)) == len(tensors)


@pytest.mark.parametrize("zipped", [True, False])
def test_pickles_are_refused_unread(tmp_path, zipped):
    """Neither of torch's own formats is opened, whatever the file is called."""
    path = tmp_path / "model.safetensors"
    torch.save({"weight": torch.zeros(2)}, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(InputError, match="is a pickle, which can run code"):
        read(path)


def test_other_files_are_refused(tmp_path):
    """Text, a cut file and a missing one are answered in one line."""
    path = tmp_path / "model.safetensors"
    with pytest.raises(StorageError, match="cannot read .*: No such file"):
        read(path)
    path.write_text("not weights, but a text of some length")
    with pytest.raises(InputError, match="is no safetensors file"):
        read(path)
    write_model(nn.Linear(30, 30), path)
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(InputError, match="is no safetensors file"):
        read(path)
