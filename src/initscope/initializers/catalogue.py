"""The catalogue: every named initializer, one row each.

PyTorch and Keras mean different things by the same words. Here ``he_normal`` is PyTorch's
``kaiming_normal_``, an uncut normal; what Keras calls ``he_normal`` is cut at two standard
deviations and rescaled to the same variance: ``he_truncated_normal``, also ``keras_he_normal``.
``random_uniform`` and ``random_normal`` are Keras's names with Keras's defaults.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from initscope.initializers.elementwise import (
    Constant,
    LogUniform,
    Normal,
    TruncatedNormal,
    Uniform,
)
from initscope.initializers.initializer import Row
from initscope.initializers.matrices import DeltaOrthogonal, Orthogonal, Sparse
from initscope.initializers.patterns import Dirac, Hadamard, Identity
from initscope.initializers.scaling import Siren, VarianceScaling

_SYMMETRY = "Rumelhart et al., 1986 (why weights must differ)"
_LECUN = "LeCun et al., 1998, Efficient BackProp, section 4.6"
_TENSORFLOW = "Abadi et al., 2016 (TensorFlow's variance scaling)"
_KERAS = "Chollet et al., 2015 (Keras's defaults)"


def _family(
    name: str, scale: float, mode: str, citations: Mapping[str, str], other: str | None = None
) -> Iterator[Row]:
    """Rows of one variance-scaling family, a row for each distribution."""
    for distribution, citation in citations.items():
        aliases = [f"{other}_{distribution}"] if other else []
        if distribution == "truncated_normal":
            aliases.append(f"keras_{name}_normal")
        yield Row(
            f"{name}_{distribution}",
            VarianceScaling,
            citation,
            aliases=tuple(aliases),
            fixed={"distribution": distribution},
            defaults={"scale": scale, "mode": mode},
        )


ROWS: tuple[Row, ...] = (
    Row("zeros", Constant, _SYMMETRY, fixed={"value": 0.0}),
    Row("ones", Constant, _SYMMETRY, fixed={"value": 1.0}),
    Row("constant", Constant, _SYMMETRY),
    Row("uniform", Uniform, "Rumelhart et al., 1986"),
    Row("normal", Normal, "Krizhevsky et al., 2012 (std 0.01)"),
    Row("truncated_normal", TruncatedNormal, "Johnson, Kotz and Balakrishnan, 1994, section 10.1"),
    Row("random_uniform", Uniform, _KERAS, defaults={"low": -0.05, "high": 0.05}),
    Row("random_normal", Normal, _KERAS, defaults={"std": 0.05}),
    Row("gpt2", Normal, "Radford et al., 2019 (std 0.02)", defaults={"std": 0.02}),
    Row("log_uniform", LogUniform, "Tallec and Ollivier, 2018, section 2.2"),
    Row("variance_scaling", VarianceScaling, _TENSORFLOW),
    *_family(
        "lecun",
        1.0,
        "fan_in",
        {"uniform": _LECUN, "normal": _LECUN, "truncated_normal": _TENSORFLOW},
    ),
    *_family(
        "glorot",
        1.0,
        "fan_avg",
        {
            "uniform": "Glorot and Bengio, 2010, eq. 16",
            "normal": "Glorot and Bengio, 2010, eq. 12",
            "truncated_normal": _TENSORFLOW,
        },
        other="xavier",
    ),
    *_family(
        "he",
        2.0,
        "fan_in",
        {
            "uniform": "He et al., 2015, eq. 10",
            "normal": "He et al., 2015, eq. 10",
            "truncated_normal": _TENSORFLOW,
        },
        other="kaiming",
    ),
    Row(
        "torch_default",
        VarianceScaling,
        "Paszke et al., 2019 (PyTorch's Linear and Conv: kaiming_uniform_, a = sqrt(5); for "
        "ConvTranspose it takes another fan, which the scheme torch knows)",
        fixed={"scale": 1 / 3, "mode": "fan_in", "distribution": "uniform"},
    ),
    Row("siren", Siren, "Sitzmann et al., 2020, section 3.2"),
    Row("sparse", Sparse, "Martens, 2010, section 5"),
    Row("orthogonal", Orthogonal, "Saxe et al., 2014; drawn as Stewart, 1980"),
    Row("delta_orthogonal", DeltaOrthogonal, "Xiao et al., 2018"),
    Row("identity", Identity, "Le et al., 2015", aliases=("eye", "irnn")),
    Row("dirac", Dirac, "Zagoruyko and Komodakis, 2017"),
    Row("hadamard", Hadamard, "Zhao et al., 2022 (ZerO), algorithm 1", aliases=("zero_hadamard",)),
)

NAMES: dict[str, Row] = {name: row for row in ROWS for name in (row.name, *row.aliases)}
"""Every name and alias with its row."""
