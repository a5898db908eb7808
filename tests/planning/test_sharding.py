"""Sharded parameters hold, put together, what one process would have written, bit for bit."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from initscope.planning import init_
from initscope.planning.sharding import _chunk

SCRIPT = Path(__file__).with_name("processes.py")
Found = dict[str, dict[str, torch.Tensor]]


def _script():
    spec = importlib.util.spec_from_file_location("processes", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def script():
    """The models that the processes share."""
    return _script()


@pytest.fixture(scope="module", params=[2, 4])
def found(request, tmp_path_factory) -> list[Found]:
    """What each of several processes found; they are started once for all tests."""
    folder, world = tmp_path_factory.mktemp("processes"), request.param
    logs = [folder / f"{rank}.log" for rank in range(world)]
    running = []
    for rank, log in enumerate(logs):
        command = [sys.executable, str(SCRIPT), str(rank), str(world), str(folder)]
        with log.open("w") as output:
            running.append(subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT))
    try:
        codes = [process.wait(timeout=200) for process in running]
    finally:
        for process in running:
            process.kill()
    assert codes == [0] * world, "\n".join(log.read_text()[-2000:] for log in logs)
    return [torch.load(folder / f"{rank}.pt", weights_only=True) for rank in range(world)]


def single(model: torch.nn.Module, scheme: str) -> dict[str, torch.Tensor]:
    assert init_(model, scheme, seed=4).ok
    return {name: tensor.detach() for name, tensor in model.named_parameters()}


@pytest.mark.parametrize("case", ["rows", "columns", "replicas", "both", "rows twice", "hybrid"])
def test_assembled_values_are_those_of_one_process(found, script, case):
    """Rows, columns, both, replicas; sizes that do not divide, gates, groups, padding, halves."""
    expected = single(script.network(), "he_normal")
    for rank in found:
        assert rank[case].keys() == expected.keys()
        for name, tensor in expected.items():
            assert torch.equal(rank[case][name], tensor), name


@pytest.mark.parametrize(
    ("case", "scheme"),
    [
        ("fsdp", "he_normal"),
        ("fsdp meta", "he_normal"),
        ("fsdp orthogonal", "orthogonal"),
        ("tensor and data", "he_normal"),
        ("data parallel", "he_normal"),
    ],
)
def test_wrapped_models_have_the_values_of_one_process(found, script, case, scheme):
    """FSDP2, from the meta device too, with tensor parallelism, and plain data parallelism."""
    model = script.perceptron()
    expected = single(model, scheme)
    if case.startswith("fsdp"):
        expected["output"] = model(torch.ones(3, 10)).detach()
    for rank in found:
        assert rank[case].keys() == expected.keys()
        for name, tensor in expected.items():
            same = torch.allclose if name == "output" else torch.equal
            assert same(rank[case][name], tensor), name


def test_packed_vectors_and_lone_tensors_are_cut_alike(found, script):
    """A vector of gates, and a tensor without a model."""
    gates = single(script.chrono(), "normal(1)")
    alone = init_(torch.zeros(7, 5), "glorot_uniform", seed=2)
    for rank in found:
        assert all(torch.equal(rank["gates"][name], tensor) for name, tensor in gates.items())
        assert torch.equal(rank["tensor"]["tensor"], alone)


@pytest.mark.parametrize("case", ["refused", "interrupted"])
def test_nothing_is_written_on_any_process_if_one_cannot(found, case):
    """A refusal is every process's; a failure of one is undone, and said, on all."""
    assert all(bool(rank[case]["same"].all()) for rank in found)


def test_an_audit_is_of_what_a_process_holds(found):
    """A bad value is found by the process that has it."""
    assert all(bool(rank["tampered"]["as expected"].all()) for rank in found)


def test_no_process_holds_the_whole(found):
    """Each draws its share of a matrix in the memory of its shard."""
    for rank in found:
        assert float(rank["share"]["share"]) == pytest.approx(1 / len(found), rel=0.01)


def test_sections_are_cut_as_chunks():
    """Cuts of cuts keep the order of positions; late ones may be short or empty."""
    whole = [range(9)]
    runs = [_chunk(whole, 2, number) for number in range(2)]
    assert runs == [[range(5)], [range(5, 9)]]
    assert [_chunk(runs[0], 4, number) for number in range(4)] == [
        [range(2)],
        [range(2, 4)],
        [range(4, 5)],
        [],
    ]
    assert _chunk([range(2), range(6, 9)], 2, 0) == [range(2), range(6, 7)]
