"""One weight matrix drawn, with its moments beside those of the formula."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from initscope.classroom.histogram import Histogram, histogram
from initscope.errors import InputError
from initscope.files import require_writable, writing
from initscope.initializers import Fans, Initializer, get
from initscope.streams import Stream

Layout = Literal["torch", "keras"]
Interval = tuple[float, float]

LAYOUTS = ("torch", "keras")
MOST_VALUES = 10**8
_Z = 1.959963984540054  # 97.5 % quantile of the normal distribution
_ROUNDING = 2.0**-20  # relative; of sums of squares in float32, for laws that leave no other play


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of a sample beside that of the law.

    Attributes:
        drawn: of the sample.
        formula: of the law.
        expected95: where 95% of samples of this size have it, if the law is what it says.
    """

    drawn: float
    formula: float
    expected95: Interval

    @property
    def is_expected(self) -> bool:
        """Whether the sample's lies in the interval; of good samples one in twenty does not."""
        return self.expected95[0] <= self.drawn <= self.expected95[1]


@dataclass(frozen=True, slots=True)
class Draw:
    """One weight matrix, as :func:`initscope.draw` returns it.

    Attributes:
        initializer: its text form.
        formula: the law of its entries.
        citation: where it was first given.
        fan_in: inputs of the layer.
        fan_out: outputs of the layer.
        seed: of the stream.
        layout: "torch", of shape (fan_out, fan_in), or "keras", (fan_in, fan_out).
        values: float32, of that shape.
        mean: of the entries.
        std: of the entries.
        lowest: of the entries, beside the lowest that the law allows.
        highest: likewise.
        histogram: of the entries.
    """

    initializer: str
    formula: str
    citation: str
    fan_in: int
    fan_out: int
    seed: int
    layout: Layout
    values: NDArray[np.float32] = field(repr=False, compare=False)
    mean: Moment
    std: Moment
    lowest: tuple[float, float]
    highest: tuple[float, float]
    histogram: Histogram = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data; the values as nested lists."""
        plain = asdict(self)
        return {**plain, "values": self.values.tolist(), "shape": list(self.values.shape)}

    def save(self, path: str | Path) -> None:
        """Write the values to a ``.npy`` or ``.safetensors`` file, whole or not at all.

        In safetensors they are the tensor ``weight``.

        Raises:
            InputError: the file's name ends otherwise.
            StorageError: it cannot be written.
        """
        path = Path(path)
        require_known(path)
        require_writable(path)
        values = np.ascontiguousarray(self.values)
        with writing(path) as file:
            if path.suffix == ".npy":
                np.save(file, values)
                return
            from safetensors.numpy import save

            about = {"initializer": self.initializer, "seed": str(self.seed)}
            file.write(save({"weight": values}, {**about, "layout": self.layout}))


def require_known(path: Path) -> None:
    """Refuse a file whose name does not say what it is."""
    if path.suffix not in {".npy", ".safetensors"}:
        raise InputError(f"cannot tell the format of {path}: expected weights.npy or .safetensors")


def draw(  # noqa: PLR0913 - what decides a draw, and how it is shown
    initializer: str | Initializer,
    fan_in: int,
    fan_out: int,
    *,
    seed: int = 0,
    layout: Layout = "torch",
    bins: int = 20,
) -> Draw:
    r"""Draw one weight matrix, and hold its moments against the initializer's formula.

    The sample's mean is expected within :math:`\mu \pm 1.96\, \sigma / \sqrt n`, its standard
    deviation within :math:`\sigma (1 \pm 1.96 \sqrt{(k - 1) / 4 n})`, with the law's kurtosis k.

    Args:
        initializer: a name of the catalogue, with parameters where it has them.
        fan_in: inputs of the layer.
        fan_out: outputs of the layer.
        seed: of the stream that decides the values.
        layout: ``"torch"`` for a matrix of shape (fan_out, fan_in), which multiplies columns;
            ``"keras"`` for its transpose, as Keras, TensorFlow and JAX keep it. The values are the
            same.
        bins: of the histogram.

    Raises:
        InputError: an argument cannot be used.

    >>> import initscope
    >>> drawn = initscope.draw("he_normal", 100, 50)
    >>> drawn.values.shape, round(drawn.std.formula, 4), drawn.std.is_expected
    ((50, 100), 0.1414, True)
    """
    chosen = get(initializer)
    _require(fan_in, fan_out, layout, bins)
    shape = (fan_out, fan_in)
    fans = Fans.of(shape)
    values: NDArray[np.float32] = chosen.sample(shape, fans, Stream(seed, "weight")).numpy()
    bounds = chosen.bounds(fans)
    return Draw(
        str(chosen),
        chosen.formula,
        chosen.citation,
        fan_in,
        fan_out,
        seed,
        layout,
        values if layout == "torch" else values.T,
        _mean(values, chosen, fans),
        _std(values, chosen, fans),
        (float(values.min()), bounds[0]),
        (float(values.max()), bounds[1]),
        histogram(values, chosen, fans, bins),
    )


def _require(fan_in: int, fan_out: int, layout: str, bins: int) -> None:
    for name, number in (("fan_in", fan_in), ("fan_out", fan_out), ("bins", bins)):
        if number < 1:
            raise InputError(f"{name} {number}: expected a whole number above 0")
    if fan_in * fan_out > MOST_VALUES:
        raise InputError(f"{fan_in} x {fan_out} values: expected at most {MOST_VALUES}")
    if layout not in LAYOUTS:
        raise InputError(f"layout {layout!r}: expected one of {', '.join(LAYOUTS)}")


def _mean(values: NDArray[np.float32], initializer: Initializer, fans: Fans) -> Moment:
    centre = initializer.mean(fans)
    play = _Z * initializer.std(fans) / math.sqrt(values.size) + abs(centre) * _ROUNDING
    return Moment(float(values.mean(dtype=np.float64)), centre, (centre - play, centre + play))


def _std(values: NDArray[np.float32], initializer: Initializer, fans: Fans) -> Moment:
    """Compare root mean squares around the law's own mean, which needs no correction."""
    std, kurtosis = initializer.std(fans), initializer.kurtosis(fans)
    centre = initializer.mean(fans)
    play = _Z * std * math.sqrt(max(kurtosis - 1, 0.0) / (4 * values.size))
    play += _ROUNDING * (std + abs(centre))
    around = values.astype(np.float64) - centre
    drawn = math.sqrt(float(np.mean(around * around)))
    return Moment(drawn, std, (max(0.0, std - play), std + play))
