"""PAR003: different layers that start with the same random weights."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from initscope.observe import Parameter
from initscope.rules.evidence import Evidence
from initscope.rules.examples import deep, example, healthy_deep
from initscope.rules.examples_of_weights import encoder, seeded, tied
from initscope.rules.finding import Finding
from initscope.rules.measures import SAME
from initscope.rules.rule import Rule


def find(rule: Rule, evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding that names all layers concerned."""
    groups = copies([p for slot, p in evidence.weights if is_random(p)])
    if not groups:
        return
    copied = [parameter.name for group in groups for parameter in group[1:]]
    largest = max(groups, key=len)
    names = _distinct([parameter.name for parameter in largest])
    finding = rule.at(
        largest[0],
        f"{len(largest)} layers start with the same random weights: {', '.join(names)}",
        f"{len(copied)} weights are copies, up to a factor",
        "independent draws in every layer",
        parameters=tuple(parameter.name for group in groups for parameter in group),
    )
    yield finding.with_also(*copied)


def is_random(parameter: Parameter) -> bool:
    """Whether it is trained and drawn at random.

    A drawn weight has both signs, and its two extremes differ in size; constants, identities,
    Dirac kernels and matrices of signs do not.
    """
    low, high = parameter.minimum, parameter.maximum
    trained = parameter.requires_grad and bool(parameter.operations)
    return trained and low < 0 < high and -low != high and not parameter.nonfinite


def copies(parameters: list[Parameter]) -> list[list[Parameter]]:
    """Group parameters of one shape whose sketches agree in every row, up to one factor."""
    by_shape = defaultdict(list)
    for parameter in parameters:
        if parameter.row_sketch is not None and len(parameter.row_sketch) > 1:
            by_shape[parameter.shape].append(parameter)
    groups = [group for alike in by_shape.values() for group in _grouped(alike)]
    return [group for group in groups if len(group) > 1]


def _grouped(alike: list[Parameter]) -> list[list[Parameter]]:
    """Let each parameter join the first that it is a copy of; few agree in the first row alone."""
    scales = np.array([[each.std] for each in alike], dtype=np.float32)
    sketches = np.stack([np.asarray(each.row_sketch) for each in alike]) / scales
    first, allowed = sketches[:, 0], SAME * np.abs(sketches).max(1)
    near = (np.abs(first[:, None] - first) <= allowed[:, None]).tolist()
    groups: dict[int, list[Parameter]] = {}
    for index, parameter in enumerate(alike):
        heads = (head for head in groups if near[head][index])
        distances = ((head, np.abs(sketches[head] - sketches[index]).max()) for head in heads)
        home = next((head for head, distance in distances if distance <= allowed[head]), index)
        groups.setdefault(home, []).append(parameter)
    return list(groups.values())


def _distinct(names: list[str]) -> list[str]:
    """Drop what all names end with: layers, not their weights."""
    parts = [name.split(".") for name in names]
    while all(len(each) > 1 for each in parts) and len({each[-1] for each in parts}) == 1:
        parts = [each[:-1] for each in parts]
    return [".".join(each) for each in parts]


RULE = Rule(
    code="PAR003",
    slug="duplicate-layers",
    severity="warning",
    what="Different layers start with identical random weights.",
    why=(
        "They were copied, or drawn with the same seed: the layers compute the same function of "
        "their inputs, and products of one matrix with itself have a wider spectrum than products "
        "of independent ones."
    ),
    how=(
        "Every row of every weight is projected onto one random direction and divided by the "
        "weight's standard deviation. Two weights of one shape are copies if all rows agree to "
        "1e-5; independent draws of n rows do so with probability below 1e-5 to the power n. Tied "
        "parameters count once; constants, identities and matrices of signs are not random."
    ),
    remedy=(
        "Draw anew after the layers are copied (nn.TransformerEncoder copies the layer it is "
        "given): initscope.init_(model, 'auto', example)."
    ),
    reference="PyTorch documentation, nn.TransformerEncoder (note on identical layers)",
    find=find,
    firing=(
        example("nn.TransformerEncoder copies its layer", encoder),
        example("the same seed before every layer", seeded),
    ),
    quiet=(
        example("independent layers", lambda: healthy_deep("relu", 5)),
        example("one layer used four times", tied),
        example("constants", lambda: deep("tanh", 3, "constant(value=0.1)")),
    ),
)
