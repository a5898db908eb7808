"""Files of weights: safetensors, written one tensor after another, and read in the same way."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from initscope.errors import InputError, StorageError
from initscope.files import require_writable, writing
from initscope.planning import apply, sharding
from initscope.planning.names import stable, unwrapped

if TYPE_CHECKING:
    from initscope.planning.plan import Plan, Row

_TYPES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.float8_e4m3fn: "F8_E4M3",
    torch.float8_e5m2: "F8_E5M2",
    torch.complex64: "C64",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint64: "U64",
    torch.uint32: "U32",
    torch.uint16: "U16",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}
"""What safetensors calls the types of torch."""

_CHUNK = 1 << 24  # bytes that are written at a time


@dataclass(frozen=True, slots=True)
class Entry:
    """One tensor of a file, which is made when it is its turn.

    Attributes:
        name: its name in the file.
        dtype: its type.
        shape: its shape.
        make: makes it.
    """

    name: str
    dtype: torch.dtype
    shape: tuple[int, ...]
    make: Callable[[], Tensor]

    @property
    def size(self) -> int:
        """Its bytes in the file."""
        return torch.Size(self.shape).numel() * self.dtype.itemsize


def write(plan: Plan, model: nn.Module, path: str | Path, seed: int = 0) -> None:
    """Write what a plan gives a model to a safetensors file; the model itself stays as it is.

    Each tensor is drawn when it is written, so that memory is that of the largest one, and the
    model may be on the meta device. Tied parameters are written once, and the file's metadata names
    the others as `safetensors.torch.save_model` does. Buffers of the state are written where they
    have values. The file appears whole or not at all.

    Args:
        plan: what to write.
        model: the model that was planned.
        path: the file, which is replaced if it exists.
        seed: any integer.

    Raises:
        InputError: a parameter is uncovered, does not fit the plan, or is kept and has no values;
            or the plan rescales weights by an example, which only `Plan.apply` can do.
        StorageError: the file cannot be written; an old one is as it was.

    >>> import tempfile, torch
    >>> from initscope.planning import audit, plan, read, write
    >>> with torch.device("meta"):
    ...     model = torch.nn.Linear(50, 20)
    >>> drawn = plan(model, "he_normal")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(drawn, model, f"{folder}/model.safetensors", seed=1)
    ...     audit(drawn, read(f"{folder}/model.safetensors")).ok
    True
    """
    model = unwrapped(model)
    named = {stable(name): tensor for name, tensor in model.named_parameters()}
    apply.require_fitting(plan, named)
    if plan.measure:
        raise InputError(
            "the plan rescales weights by what its example shows: apply it to the model first, "
            "then write the model with write_model"
        )
    rows = {stable(row.name): row for row in plan.rows}
    for name, row in rows.items():
        _require_known(row, named[name])
    entries = [_drawn(rows, name, named, seed) for name in rows]
    aliases = {stable(a): name for name, row in rows.items() for a in row.slot.aliases}
    _stream(Path(path), [*entries, *_buffers(model)], _metadata(plan.scheme, seed) | aliases)


def write_model(model: nn.Module, path: str | Path) -> None:
    """Write the values that a model has now, tensor by tensor, as :func:`write` does.

    Raises:
        InputError: a parameter is on the meta device, or sharded.
        StorageError: the file cannot be written; an old one is as it was.
    """
    model = unwrapped(model)
    names: dict[int, str] = {}
    aliases: dict[str, str] = {}
    entries = []
    for full, tensor in model.named_parameters(remove_duplicate=False):
        name = stable(full)
        if id(tensor) in names:
            aliases[name] = names[id(tensor)]
            continue
        names[id(tensor)] = name
        if tensor.is_meta or sharding.is_sharded(tensor):
            where = "on the meta device" if tensor.is_meta else "sharded"
            raise InputError(f"{name} is {where}: write a plan of the model instead")
        entries.append(_entry(name, tensor))
    _stream(Path(path), [*entries, *_buffers(model)], {"format": "pt"} | aliases)


class Weights(Mapping[str, Tensor]):
    """The tensors of a safetensors file by name, each read when it is asked for.

    Nothing in such a file is run; it holds numbers and their names.
    """

    def __init__(self, path: str | Path) -> None:
        self._file: Any = _opened(Path(path))
        self._names = list(self._file.keys())

    def __getitem__(self, name: str) -> Tensor:
        if name not in self._names:
            raise KeyError(name)
        tensor: Tensor = self._file.get_tensor(name)
        return tensor

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    @property
    def metadata(self) -> Mapping[str, str]:
        """What the file says of itself, such as the scheme and the seed."""
        return dict(self._file.metadata() or {})


def read(path: str | Path) -> Weights:
    """Open a safetensors file, for an audit or else.

    Raises:
        InputError: the file is a pickle, which could run code, or of another format.
        StorageError: it cannot be read.
    """
    return Weights(path)


def _opened(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            start = file.read(8)
        if start[:4] == b"PK\x03\x04" or start[:1] == b"\x80":
            raise InputError(
                f"{path} is a pickle, which can run code when it is read: expected safetensors; "
                "its owner can convert it with safetensors.torch.save_model"
            )
        return safe_open(path, framework="pt")
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror or error}") from error
    except SafetensorError as error:
        raise InputError(f"{path} is no safetensors file: {error}") from error


def _require_known(row: Row, tensor: Tensor) -> None:
    kept = row.choice is not None and row.choice.action == "keep"
    if kept and (tensor.is_meta or sharding.is_sharded(tensor)):
        where = "on the meta device" if tensor.is_meta else "sharded"
        raise InputError(
            f"{row.name} is to be kept ({row.reason}), but is {where}: add a rule for it"
        )


def _drawn(rows: Mapping[str, Row], name: str, named: Mapping[str, Tensor], seed: int) -> Entry:
    """Draw a parameter into memory of its own; a scale of weight norm needs its direction again."""
    row, tensor = rows[name], named[name]
    assert row.choice is not None  # noqa: S101 - uncovered parameters were refused
    if row.choice.action == "keep":
        return _entry(name, tensor)

    def make() -> Tensor:
        needed = [name]
        if row.choice and row.choice.action == "norms":
            needed = [apply.direction(name), name]
        scratch = {
            each: named[each].detach()
            if _is_kept(rows[each])
            else torch.empty(rows[each].slot.shape, dtype=named[each].dtype, device="cpu")
            for each in needed
        }
        for each in needed:
            apply.write(rows[each], scratch, seed)
        return scratch[name]

    return Entry(name, tensor.dtype, row.slot.shape, make)


def _is_kept(row: Row) -> bool:
    return row.choice is not None and row.choice.action == "keep"


def _entry(name: str, tensor: Tensor) -> Entry:
    return Entry(name, tensor.dtype, tuple(tensor.shape), tensor.detach)


def _buffers(model: nn.Module) -> list[Entry]:
    """Return the buffers that a state holds, each once, where they have values."""
    known = {name for name, _ in model.named_parameters(remove_duplicate=False)}
    state = model.state_dict(keep_vars=True).items()
    found = {
        id(tensor): _entry(stable(name), tensor)
        for name, tensor in state
        if isinstance(tensor, Tensor) and name not in known and not tensor.is_meta
    }
    return list(found.values())


def _metadata(scheme: str, seed: int) -> dict[str, str]:
    return {"format": "pt", "initscope.scheme": scheme, "initscope.seed": str(seed)}


def _stream(path: Path, entries: list[Entry], metadata: Mapping[str, str]) -> None:
    """Write the header, then each tensor's bytes; wide types first, so that all are aligned."""
    for entry in entries:
        if entry.dtype not in _TYPES:
            raise InputError(f"{entry.name} is {entry.dtype}, which safetensors does not hold")
    entries = sorted(entries, key=lambda entry: -entry.dtype.itemsize)
    header: dict[str, object] = {"__metadata__": dict(metadata)}
    place = 0
    for entry in entries:
        header[entry.name] = {
            "dtype": _TYPES[entry.dtype],
            "shape": list(entry.shape),
            "data_offsets": [place, place + entry.size],
        }
        place += entry.size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    require_writable(path)
    with torch.no_grad(), writing(path) as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for entry in entries:
            _write(file, entry.make())


def _write(file: BinaryIO, tensor: Tensor) -> None:
    flat = tensor.detach().reshape(-1).contiguous().view(torch.uint8)
    file.writelines(memoryview(chunk.cpu().numpy()) for chunk in flat.split(_CHUNK))
