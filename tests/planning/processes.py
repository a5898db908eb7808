"""One of several processes that share a model; `test_sharding` starts it and reads what it saves.

python processes.py RANK WORLD FOLDER
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, Replicate, Shard, distribute_module, distribute_tensor
from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module
from torch.nn.parallel import DistributedDataParallel

from initscope import InputError
from initscope.planning import init_, plan
from initscope.planning.parts import Part

Found = dict[str, torch.Tensor]


def network() -> nn.Module:
    """Sizes that no number of processes divides, packed gates and projections, a padding row."""
    return nn.ModuleDict(
        {
            "table": nn.Embedding(11, 6, padding_idx=7),
            "conv": nn.Conv2d(6, 9, 3, groups=3),
            "up": nn.ConvTranspose1d(6, 4, 4, stride=2, groups=2),
            "gates": nn.LSTM(5, 3),
            "attention": nn.MultiheadAttention(6, 2),
            "head": nn.Linear(7, 5, dtype=torch.bfloat16),
            "scale": nn.Linear(1, 1),
        }
    )


def perceptron() -> nn.Module:
    """Two layers that are cut by columns and by rows."""
    return nn.Sequential(nn.Linear(10, 12), nn.ReLU(), nn.Linear(12, 7))


def chrono() -> nn.Module:
    """Gates of different laws in one vector."""
    return nn.LSTM(5, 3)


def assembled(model: nn.Module) -> Found:
    """Gather all values."""
    named = dict(model.named_parameters())
    return {n: (t.full_tensor() if isinstance(t, DTensor) else t) for n, t in named.items()}


def placed(
    mesh: DeviceMesh, placements: list, scheme: str, model: nn.Module | None = None
) -> Found:
    """Shard every parameter in the same way, where it has the dimensions."""
    model = model or network()

    def cut(_name: str, module: nn.Module, mesh: DeviceMesh) -> None:
        for name, tensor in module.named_parameters(recurse=False):
            own = [
                Replicate() if isinstance(p, Shard) and p.dim >= tensor.dim() else p
                for p in placements
            ]
            module.register_parameter(name, nn.Parameter(distribute_tensor(tensor, mesh, own)))

    distribute_module(model, mesh, cut)
    done = plan(model, scheme).apply(model, seed=4)
    assert done.ok, str(done)
    return assembled(model)


def fsdp(mesh: DeviceMesh, scheme: str, device: str = "cpu") -> Found:
    """Shard with FSDP2, from the meta device too; a forward pass still runs."""
    with torch.device(device):
        model = perceptron()
    drawn = plan(perceptron(), scheme)
    fully_shard(model[0], mesh=mesh)
    fully_shard(model, mesh=mesh)
    assert plan(model, scheme).rows[0].slot.module_class == "Linear"
    done = drawn.apply(model, seed=4, device="cpu", whole_matrices=True)
    assert done.ok, str(done)
    found = assembled(model)
    found["output"] = model(torch.ones(3, 10)).detach()
    return found


def tensor_and_data_parallel(mesh: DeviceMesh) -> Found:
    """FSDP over tensor parallelism holds several runs of rows (strided shards)."""
    model = perceptron()
    styles = {"0": ColwiseParallel(), "2": RowwiseParallel()}
    parallelize_module(model, mesh["tp"], styles)
    fully_shard(model, mesh=mesh["dp"])
    done = plan(model, "he_normal").apply(model, seed=4)
    assert done.ok, str(done)
    return assembled(model)


def refused(mesh: DeviceMesh) -> Found:
    """Whole matrices and rescaling are refused on every process, before anything is written."""
    model = perceptron()
    fully_shard(model, mesh=mesh)
    before = [p.to_local().clone() for p in model.parameters()]
    for scheme in ("orthogonal", "lsuv"):
        drawn = plan(perceptron(), scheme, torch.ones(4, 10))
        try:
            drawn.apply(model)
        except InputError as error:
            assert "is sharded" in str(error), str(error)  # noqa: PT017
        else:
            raise AssertionError(scheme)
    same = [torch.equal(p.to_local(), b) for p, b in zip(model.parameters(), before, strict=True)]
    return {"same": torch.tensor(same)}


def interrupted(mesh: DeviceMesh) -> Found:
    """A failure on one process undoes what all wrote."""
    model = perceptron()
    fully_shard(model, mesh=mesh)
    before = [p.to_local().clone() for p in model.parameters()]
    fill = Part.fill

    def failing(part: Part, seed: int, name: str) -> None:
        fill(part, seed, name)
        if name == "2.weight" and dist.get_rank() == 1:
            raise KeyboardInterrupt

    Part.fill = failing
    message = ""
    try:
        init_(model, "he_normal")
    except KeyboardInterrupt:
        message = "interrupted"
    except InputError as error:
        message = str(error)
    finally:
        Part.fill = fill
    expected = "interrupted" if dist.get_rank() == 1 else "another process failed"
    same = [torch.equal(p.to_local(), b) for p, b in zip(model.parameters(), before, strict=True)]
    return {"same": torch.tensor([*same, expected in message])}


def tampered(mesh: DeviceMesh) -> Found:
    """The audit of the process that holds a bad value fails, and that of the other passes."""
    from initscope.planning import audit

    model = perceptron()
    fully_shard(model, mesh=mesh)
    drawn = plan(model, "he_normal")
    drawn.apply(model)
    if dist.get_rank() == 1:
        with torch.no_grad():
            model[0].weight.to_local()[0, 0] = torch.nan
    return {"as expected": torch.tensor([audit(drawn, model).ok == (dist.get_rank() != 1)])}


def largest_share(mesh: DeviceMesh) -> Found:
    """The most values that this process drew of a large matrix, as a share of it."""
    model = nn.Linear(400, 300, bias=False)
    fully_shard(model, mesh=mesh)
    sizes, fill = [], Part.fill

    def counted(part: Part, seed: int, name: str) -> None:
        sizes.append(part.view.untyped_storage().nbytes() / (4 * 400 * 300))
        fill(part, seed, name)

    Part.fill = counted
    try:
        init_(model, "he_normal")
    finally:
        Part.fill = fill
    return {"share": torch.tensor(max(sizes))}


def one_tensor(mesh: DeviceMesh) -> Found:
    """Fill a distributed tensor without a model."""
    tensor = distribute_tensor(torch.zeros(7, 5), mesh, [Shard(0)])
    return {"tensor": init_(tensor, "glorot_uniform", seed=2).full_tensor()}


def data_parallel() -> Found:
    """Wrap a plain model, which every process initializes for itself."""
    model = DistributedDataParallel(perceptron())
    assert init_(model, "he_normal", seed=4).ok
    return dict(model.module.named_parameters())


def cases(world: int) -> dict[str, Callable[[], Found]]:
    """Return what is to be done by a number of processes."""
    flat = init_device_mesh("cpu", (world,))
    grid = init_device_mesh("cpu", (2, world // 2), mesh_dim_names=("dp", "tp"))
    return {
        "rows": lambda: placed(flat, [Shard(0)], "he_normal"),
        "columns": lambda: placed(flat, [Shard(1)], "he_normal"),
        "replicas": lambda: placed(flat, [Replicate()], "he_normal"),
        "both": lambda: placed(grid, [Shard(0), Shard(1)], "he_normal"),
        "rows twice": lambda: placed(grid, [Shard(0), Shard(0)], "he_normal"),
        "hybrid": lambda: placed(grid, [Replicate(), Shard(0)], "he_normal"),
        "gates": lambda: placed(flat, [Shard(0)], "normal(1)", chrono()),
        "fsdp": lambda: fsdp(flat, "he_normal"),
        "fsdp orthogonal": lambda: fsdp(flat, "orthogonal"),
        "fsdp meta": lambda: fsdp(flat, "he_normal", "meta"),
        "tensor and data": lambda: tensor_and_data_parallel(grid),
        "refused": lambda: refused(flat),
        "interrupted": lambda: interrupted(flat),
        "tampered": lambda: tampered(flat),
        "share": lambda: largest_share(flat),
        "tensor": lambda: one_tensor(flat),
        "data parallel": data_parallel,
    }


def main(rank: int, world: int, folder: Path) -> None:
    """Run every case and save what it found, or why it failed."""
    torch.set_num_threads(1)
    dist.init_process_group(
        "gloo", init_method=f"file://{folder}/rendezvous", rank=rank, world_size=world
    )
    found = {}
    for name, case in cases(world).items():
        found[name] = {key: value.detach() for key, value in case().items()}
    torch.save(found, folder / f"{rank}.pt")
    dist.destroy_process_group()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
