"""Everything that a page may ask for, each a frozen dataclass with bounds."""

from __future__ import annotations

from dataclasses import dataclass

from initscope.lab.fields import Choice, Maybe, Number, Switch, Text, field

DEEPEST, WIDEST = 100, 1024
NORMS = ("none", "batch", "layer", "rms")


@dataclass(frozen=True, slots=True)
class ByHand:
    """The 2-2-1 network, and how it is trained."""

    init: str = field("he_normal", Text())
    activation: str = field("relu", Text(40))
    loss: str = field("squared", Choice(("squared", "sigmoid")))
    learning_rate: float = field(0.1, Number(1e-6, 100.0))
    x1: float = field(1.0, Number(-100.0, 100.0))
    x2: float = field(2.0, Number(-100.0, 100.0))
    target: float = field(1.0, Number(-100.0, 100.0))
    seed: int = field(1, Number(0, 2**31 - 1, whole=True))
    steps: int = field(20, Number(1, 50, whole=True))


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The names that controls offer."""


@dataclass(frozen=True, slots=True)
class Signal:
    """A network to look into, and its inputs."""

    depth: int = field(30, Number(1, DEEPEST, whole=True))
    width: int = field(256, Number(8, WIDEST, whole=True))
    activation: str = field("tanh", Text(40))
    norm: str = field("none", Choice(NORMS))
    residual: bool = field(False, Switch())
    branch_scale: float = field(1.0, Number(0.0, 10.0))
    init: str = field("glorot_normal", Text())
    bias_std: float = field(0.0, Number(0.0, 10.0))
    second_moment: float = field(1.0, Number(1e-6, 1e6))
    correlation: float = field(0.5, Number(0.0, 1.0))
    seed: int = field(0, Number(0, 2**31 - 1, whole=True))


@dataclass(frozen=True, slots=True)
class Map:
    """A point of the plane of scales, for an activation."""

    activation: str = field("tanh", Text(40))
    sigma_w: float = field(1.0, Number(0.01, 10.0))
    sigma_b: float = field(0.0, Number(0.0, 10.0))
    plane: bool = field(True, Switch())


@dataclass(frozen=True, slots=True)
class Claims:
    """One claim of the ledger; `test` measures it where the store has no evidence."""

    claim: int = field(1, Number(1, 1000, whole=True))
    effort: str = field("quick", Choice(("quick", "full")))
    test: bool = field(False, Switch())


@dataclass(frozen=True, slots=True)
class Models:
    """The checks that the store keeps, and one of them; 0 stands for the newest.

    With `document` the answer is that one as an HTML report, and nothing else.
    """

    check: int = field(0, Number(0, 2**53, whole=True))
    document: bool = field(False, Switch())


@dataclass(frozen=True, slots=True)
class Race:
    """Initializers to train against each other; results that are stored are not trained again.

    A `network` by its text takes the place of the perceptron that the fields before it describe.
    """

    task: str = field("iris", Text(40))
    scale: str = field("none", Choice(("none", "standard")))
    depth: int = field(2, Number(1, 30, whole=True))
    width: int = field(64, Number(2, 256, whole=True))
    activation: str = field("relu", Text(40))
    norm: str = field("none", Choice(NORMS))
    residual: bool = field(False, Switch())
    branch_scale: str = field("1", Text(20))
    dropout: float = field(0.0, Number(0.0, 0.95))
    network: str = field("", Text())
    inits: str = field("zeros, random_uniform, glorot_uniform, he_uniform", Text(500))
    head: str = field("usual", Choice(("usual", "same", "glorot_uniform", "zeros")))
    gain: float = field(1.0, Number(0.01, 100.0))
    optimizer: str = field(
        "adam",
        Choice(("adam", "adamw", "sgd", "momentum", "nesterov", "rmsprop", "adagrad")),
    )
    learning_rate: float = field(0.001, Number(1e-6, 100.0))
    epochs: int = field(10, Number(1, 100, whole=True))
    batch_size: int = field(32, Number(1, 512, whole=True))
    schedule: str = field("constant", Choice(("constant", "cosine")))
    warmup: int = field(0, Number(0, 99, whole=True))
    clip_norm: float | None = field(None, Maybe(Number(1e-6, 1e6)))
    clip_value: float | None = field(None, Maybe(Number(1e-6, 1e6)))
    weight_decay: float | None = field(None, Maybe(Number(0.0, 100.0)))
    label_smoothing: float = field(0.0, Number(0.0, 0.95))
    seeds: int = field(40, Number(1, 200, whole=True))
    train: bool = field(False, Switch())


@dataclass(frozen=True, slots=True)
class Control:
    """What to do with a job that runs: `of` is the id under which it was asked for."""

    of: int = field(0, Number(0, 2**53, whole=True))
    action: str = field("cancel", Choice(("pause", "resume", "cancel")))


JOBS: dict[str, type] = {
    "byhand": ByHand,
    "catalogue": Catalogue,
    "claims": Claims,
    "control": Control,
    "map": Map,
    "models": Models,
    "race": Race,
    "signal": Signal,
}
"""Every job by the name that a message gives it."""
