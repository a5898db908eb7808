"""SIG004: values that float16 or bfloat16 cannot hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from initscope.observe import Operation
from initscope.rules.evidence import Evidence
from initscope.rules.examples import deep, example, half, healthy_deep, masked_attention
from initscope.rules.finding import Finding
from initscope.rules.rule import Rule


@dataclass(frozen=True, slots=True)
class Format:
    """What a format holds.

    Attributes:
        name: as torch calls it.
        largest: its largest number.
        normal: its smallest number of full precision.
        least: its smallest number of any precision.
    """

    name: str
    largest: float
    normal: float
    least: float


FORMATS = (
    Format("float16", 65504.0, 2.0**-14, 2.0**-24),
    Format("bfloat16", 3.3895e38, 2.0**-126, 2.0**-133),
)

_LOSS_SCALE = 2.0**16
"""Where torch.amp.GradScaler starts: gradients are multiplied by it before they are halved."""

_NUMBERS = frozenset(
    {
        "linear",
        "convolution",
        "transposed_convolution",
        "recurrent",
        "attention",
        "matmul",
        "activation",
        "normalization",
        "add",
        "multiply",
        "elementwise",
        "embedding",
    }
)


def find(rule: Rule, evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding at the first operation of each kind of trouble, for the worst format."""
    if evidence.has_unfitted_norms:
        return
    numbers, small = _numbers(evidence), _small_numbers(evidence)
    for trouble, rows in (
        (_overflow, numbers),
        (_flush, small),
        (_lost_gradient, small),
        (_large_gradient, numbers),
    ):
        found = [each for row in rows if (each := trouble(row)) is not None]
        if not found:
            continue
        row, kind, what, limit = found[0]
        in_use = row.dtype == kind.name
        finding = rule.at(
            row,
            f"{what} {kind.name}" + ("" if in_use else f", were the model run in it ({row.dtype})"),
            limit,
            f"within {kind.normal:.1e} and {kind.largest:.3g}",
            severity="warning" if in_use else "info",
            cause="the scale of the signal or the gradient at this place",
        )
        yield finding.with_also(f"{len(found) - 1} more") if len(found) > 1 else finding


Trouble = tuple[Operation, Format, str, str]


def _numbers(evidence: Evidence) -> list[Operation]:
    """Return where numbers can be too large."""
    return [
        row
        for row in evidence.trace.operations
        if row.kind in _NUMBERS and row.requires_grad and not evidence.is_mask(row)
    ]


def _small_numbers(evidence: Evidence) -> list[Operation]:
    """Return where they can be too small: on the main path alone, without the head."""
    return [step.operation for path in evidence.paths for step in path[:-1]]


def _formats(row: Operation) -> tuple[Format, ...]:
    """Return the format in use, or those that may be used one day, the widest first."""
    return _IN_USE.get(row.dtype, FORMATS[::-1])


_IN_USE = {each.name: (each,) for each in FORMATS}


def _overflow(row: Operation) -> Trouble | None:
    if row.forward is None:
        return None
    size = max(abs(row.forward.minimum), abs(row.forward.maximum))
    for kind in _formats(row):
        margin = _MARGIN if kind.name == row.dtype else 1.0
        if size > kind.largest / margin:
            return row, kind, "values overflow, or nearly do, in", f"largest value {size:.3g}"
    return None


_MARGIN = 4.0  # a format in use needs room for training: two doublings


def _flush(row: Operation) -> Trouble | None:
    moment = row.forward.second_moment if row.forward is not None else 0.0
    for kind in _formats(row):
        if 0 < moment < kind.normal**2:
            return row, kind, "values lose their precision in", f"rms {moment**0.5:.3g}"
    return None


def _lost_gradient(row: Operation) -> Trouble | None:
    moment = row.backward.second_moment if row.backward is not None else 0.0
    for kind in _formats(row):
        scale = 1.0 if kind.name == row.dtype else _LOSS_SCALE
        if 0 < moment < (kind.least / scale) ** 2:
            rest = "" if scale == 1 else ", whatever the usual loss scale"
            return row, kind, f"gradients flush to zero{rest} in", f"rms {moment**0.5:.3g}"
    return None


def _large_gradient(row: Operation) -> Trouble | None:
    if row.backward is None:
        return None
    for kind in _formats(row):
        if row.backward.maximum > kind.largest:
            return (
                row,
                kind,
                "gradients overflow in",
                f"largest gradient {row.backward.maximum:.3g}",
            )
    return None


RULE = Rule(
    code="SIG004",
    slug="half-precision-range",
    severity="warning",
    what="Activations or gradients lie outside of what float16 or bfloat16 can hold.",
    why="What overflows is infinite and makes NaN; what flushes to zero does not learn.",
    how=(
        "Extremes and second moments of every operation, against the formats: overflow above "
        "65504 (3.4e38 in bfloat16; a quarter of that where the format is in use), lost precision "
        "where the root mean square on the main path is below the smallest normal number, 2^-14 "
        "(2^-126), lost gradients where it is below the smallest number, 2^-24 (2^-133), after "
        "the usual loss scale of 2^16 where the format is not in use yet. It is a warning in a "
        "format in use and a remark in float32. The limits are the formats' own."
    ),
    remedy=(
        "Mend the scale of the weights, or run this part in float32 or bfloat16; use "
        "torch.amp.GradScaler for gradients in float16."
    ),
    reference="Micikevicius et al., 2018, mixed precision training, section 3",
    find=find,
    firing=(
        example("standard deviation 2, depth 5", lambda: deep("relu", 5, "normal(std=2.0)")),
        example("half precision, values of 30000", lambda: half(30000.0)),
    ),
    quiet=(
        example("He under ReLU, depth 30", lambda: healthy_deep("relu", 30)),
        example("half precision, values of one", lambda: half(1.0)),
        example("minus infinity in a mask", masked_attention),
    ),
    explains=("GRD003",),
)
